/** One of the benchmarks that the method's zero-shot tables have, and what CLIP_benchmark calls it. */
export interface ListedBenchmark {
  readonly title: string
  /** The folder's name without `wds_`. */
  readonly dataset: string
  /** The number that the tables show: top-1, or recall at 1 of texts for images. */
  readonly metric: string
}

const classified = (title: string, dataset: string, metric = "acc1"): ListedBenchmark => ({ title, dataset, metric })

/**
 * The 27 classification benchmarks and two of retrieval, in the order of the EVA-CLIP protocol that the method's tables
 * follow. Source: spec of the evaluation §2; folder names by CLIP_benchmark's webdatasets.txt.
 */
export const listedBenchmarks: readonly ListedBenchmark[] = [
  classified("ImageNet-1K", "imagenet1k"),
  classified("ImageNet-V2", "imagenetv2"),
  classified("ImageNet-A", "imagenet-a"),
  classified("ImageNet-R", "imagenet-r"),
  classified("ImageNet-Sketch", "imagenet_sketch"),
  classified("ObjectNet", "objectnet"),
  classified("CIFAR-10", "vtab-cifar10"),
  classified("CIFAR-100", "vtab-cifar100"),
  classified("MNIST", "mnist"),
  classified("Caltech-101", "vtab-caltech101"),
  classified("SUN397", "sun397"),
  classified("FGVC Aircraft", "fgvc_aircraft"),
  classified("Country-211", "country211"),
  classified("Stanford Cars", "cars"),
  classified("Birdsnap", "birdsnap"),
  classified("DTD", "vtab-dtd"),
  classified("EuroSAT", "vtab-eurosat"),
  classified("FER2013", "fer2013"),
  classified("Flowers-102", "vtab-flowers"),
  classified("Food-101", "food101"),
  classified("GTSRB", "gtsrb"),
  classified("PCam", "vtab-pcam"),
  classified("Oxford Pets", "vtab-pets"),
  classified("Rendered SST2", "renderedsst2"),
  classified("RESISC45", "vtab-resisc45"),
  classified("STL-10", "stl10"),
  classified("VOC2007", "voc2007"),
  classified("Flickr30K, texts", "flickr30k", "text_retrieval_recall@1"),
  classified("COCO, texts", "mscoco_captions", "text_retrieval_recall@1"),
]

/** Of how many listed benchmarks the mean is over classification alone. */
export const listedClassification = 27
