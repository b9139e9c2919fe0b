import * as path from "node:path"
import { decodeText } from "@diva/models"
import { Effect } from "effect"
import { BadSample, type Sample } from "../../data/sample.ts"
import { readSample } from "../../data/readSample.ts"
import { indexShard } from "../../data/shardIndex.ts"
import { isFolder, isThere, namesIn } from "../../files/presence.ts"
import { readTextIfThere } from "../../files/readText.ts"
import type { ReadPicture, Picture } from "../features/picture.ts"
import { DataSetInvalid } from "../mmvp/mmvpFolder.ts"
import { knownPrompts } from "./knownPrompts.ts"

export type BenchmarkTask = "classification" | "multilabel" | "retrieval"

/** What a sample says besides its picture: its class, a 1 for each class it has, or its captions. */
export type Annotation = number | readonly number[] | readonly string[]

/** One of CLIP_benchmark's data sets as a folder of webdataset shards. */
export interface BenchmarkData {
  /** The folder's name without `wds_`, `-` for `/`: `vtab-cifar10`. */
  readonly name: string
  readonly folder: string
  readonly split: string
  readonly task: BenchmarkTask
  readonly classnames: readonly string[]
  readonly templates: readonly string[]
  /** Where class names and templates come from, in words. */
  readonly promptSource: string
  readonly pictures: readonly Picture<Annotation>[]
}

const imageExtensions = ["webp", "png", "jpg", "jpeg"] as const

const invalid = (folder: string, rule: string, remedy: string) => new DataSetInvalid({ folder, rule, remedy })

const linesOf = (text: string | undefined): readonly string[] | undefined =>
  text === undefined ? undefined : text.replace(/\r?\n$/, "").split(/\r?\n/)

const foldersIn = (folder: string): Effect.Effect<readonly string[]> =>
  Effect.flatMap(namesIn(folder), (names) =>
    Effect.filter(
      names.filter((name) => !name.startsWith(".")),
      (name) => isFolder(path.join(folder, name)),
    ),
  )

const taskOf = Effect.fnUntraced(function* (folder: string) {
  const said = (yield* readTextIfThere(path.join(folder, "dataset_type.txt")))?.trim()
  if (said === undefined || said === "" || said === "classification") return "classification" as const
  if (said === "retrieval" || said === "multilabel") return said
  return yield* invalid(
    folder,
    `dataset_type.txt says ${JSON.stringify(said)}`,
    "it must say classification, multilabel or retrieval",
  )
})

/** `wds_vtab-cifar10` → `vtab-cifar10`; the names under which prompts are known leave `vtab-` out too. */
const nameOf = (folder: string): string => path.basename(path.resolve(folder)).replace(/^wds_/, "")

const promptsOf = Effect.fnUntraced(function* (folder: string, task: BenchmarkTask) {
  if (task === "retrieval") return { classnames: [], templates: [], promptSource: "captions" }
  const own = {
    classnames: linesOf(yield* readTextIfThere(path.join(folder, "classnames.txt"))),
    templates: linesOf(yield* readTextIfThere(path.join(folder, "zeroshot_classification_templates.txt"))),
  }
  const known = knownPrompts[nameOf(folder).replace(/^vtab-/, "")]
  const classnames = own.classnames ?? known?.classnames
  const templates = (own.templates ?? known?.templates)?.filter((line) => line.trim() !== "")
  if (classnames === undefined || classnames.length === 0)
    return yield* invalid(
      folder,
      "names no classes: no classnames.txt",
      "write one class per line, in the order of the labels",
    )
  if (templates === undefined || templates.length === 0 || !templates.every((line) => line.includes("{c}")))
    return yield* invalid(
      folder,
      "has no templates with {c} for the class: no zeroshot_classification_templates.txt",
      'write one template a line, such as "a photo of a {c}."',
    )
  const promptSource =
    own.classnames !== undefined && own.templates !== undefined ? "the folder" : "the folder and those built in"
  return { classnames, templates, promptSource }
})

const bad = (shard: string, { key }: Sample, rule: string): BadSample => new BadSample({ shard, key, rule })

/** Numbers of a NumPy file of one row: its header says element type and count, its data are little-endian. */
const numpyRow = (bytes: Uint8Array): readonly number[] | undefined => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < 12 || buffer.toString("latin1", 1, 6) !== "NUMPY") return undefined
  const [start, length] = buffer[6]! >= 2 ? [12, buffer.readUInt32LE(8)] : [10, buffer.readUInt16LE(8)]
  const type = /'descr':\s*'[<|=]?([a-z?]\d*)'/.exec(buffer.toString("latin1", start, start + length))?.[1]
  const data = buffer.subarray(start + length)
  const readers: Readonly<Record<string, readonly [number, (at: number) => number]>> = {
    "?": [1, (at) => data.readUInt8(at)],
    b1: [1, (at) => data.readUInt8(at)],
    u1: [1, (at) => data.readUInt8(at)],
    i1: [1, (at) => data.readInt8(at)],
    i4: [4, (at) => data.readInt32LE(at)],
    i8: [8, (at) => Number(data.readBigInt64LE(at))],
    f4: [4, (at) => data.readFloatLE(at)],
    f8: [8, (at) => data.readDoubleLE(at)],
  }
  const reader = readers[type ?? ""]
  return reader === undefined || data.length % reader[0] !== 0
    ? undefined
    : Array.from({ length: data.length / reader[0] }, (_, i) => reader[1](i * reader[0]))
}

/** The class of a sample. Source: CLIP_benchmark webdataset_builder.py, member `.cls`. */
const labelOf = (shard: string, sample: Sample, classes: number) => {
  const bytes = sample.fields.get("cls")
  if (bytes === undefined) return Effect.fail(bad(shard, sample, "it has no class: no member .cls"))
  const label = decodeText(bytes).trim()
  return /^\d+$/.test(label) && Number(label) < classes
    ? Effect.succeed(Number(label))
    : Effect.fail(bad(shard, sample, `its class ${JSON.stringify(label)} is not one of ${classes}`))
}

const targetsOf = (shard: string, sample: Sample, classes: number) => {
  const bytes = sample.fields.get("npy")
  const row = bytes === undefined ? undefined : numpyRow(bytes)
  return row !== undefined && row.length === classes && row.every((x) => x === 0 || x === 1)
    ? Effect.succeed(row)
    : Effect.fail(bad(shard, sample, `its member .npy is not a row of ${classes} zeros and ones`))
}

const captionsOf = (shard: string, sample: Sample) => {
  const bytes = sample.fields.get("txt")
  const captions =
    bytes === undefined
      ? []
      : decodeText(bytes)
          .split(/\r?\n/)
          .filter((line) => line.trim() !== "")
  return captions.length > 0
    ? Effect.succeed(captions)
    : Effect.fail(bad(shard, sample, "it has no captions: no member .txt, or an empty one"))
}

const annotationOf = (
  task: BenchmarkTask,
  shard: string,
  sample: Sample,
  classes: number,
): Effect.Effect<Annotation, BadSample> => {
  if (task === "retrieval") return captionsOf(shard, sample)
  return task === "multilabel" ? targetsOf(shard, sample, classes) : labelOf(shard, sample, classes)
}

const pictureIn = (shard: string, sample: Sample): Effect.Effect<Uint8Array, BadSample> => {
  const bytes = imageExtensions.map((extension) => sample.fields.get(extension)).find((found) => found !== undefined)
  return bytes === undefined
    ? Effect.fail(bad(shard, sample, `it has no picture (none of .${imageExtensions.join(", .")})`))
    : Effect.succeed(bytes)
}

/** The shards of a split, in order: as many as `nshards.txt` says. */
const shardsOf = Effect.fnUntraced(function* (folder: string, split: string) {
  const root = path.join(folder, split)
  const said = (yield* readTextIfThere(path.join(root, "nshards.txt")))?.trim()
  if (said === undefined) {
    const splits = yield* foldersIn(folder)
    return yield* invalid(
      folder,
      (yield* isThere(folder)) ? `has no split "${split}" with nshards.txt` : "is not there",
      splits.length === 0
        ? "name a folder in CLIP_benchmark's webdataset layout"
        : `its folders are ${splits.join(", ")}: --split NAME`,
    )
  }
  const count = Number(said)
  if (!Number.isSafeInteger(count) || count < 0 || count > 1e6)
    return yield* invalid(root, `nshards.txt says ${JSON.stringify(said)}, not a number of shards`, "restore the file")
  if (count === 0) return yield* invalid(root, "the split is empty: nshards.txt says 0", "name another with --split")
  return Array.from({ length: count }, (_, i) => path.join(root, `${i}.tar`))
})

/** Headers are read from this many shards at once: the wait is for the disk. */
const indexedAtOnce = 4

const picturesOf = Effect.fnUntraced(function* (files: readonly string[], task: BenchmarkTask, classes: number) {
  const shards = yield* Effect.forEach(files, (file) => indexShard(file, "fail"), { concurrency: indexedAtOnce })
  return shards.flatMap((index) =>
    Array.from({ length: index.samples }, (_, sample): Picture<Annotation> => {
      const read = Effect.gen(function* () {
        const found = yield* readSample(index, sample)
        const about = yield* annotationOf(task, index.file, found, classes)
        const picture: ReadPicture<Annotation> = { bytes: yield* pictureIn(index.file, found), about }
        return picture
      })
      return { name: `${path.basename(index.file)}, sample ${sample}`, read }
    }),
  )
})

/**
 * Opens a data set in CLIP_benchmark's webdataset layout: `classnames.txt`, `zeroshot_classification_templates.txt`,
 * `dataset_type.txt`, and `SPLIT/nshards.txt` beside `SPLIT/0.tar` and so on. Prompts that are missing are taken from those
 * built in. Errors: `DataSetInvalid` (also for an empty split), those of tar files.
 * Source: LAION-AI/CLIP_benchmark webdataset_builder.py and datasets/builder.py.
 */
export const openBenchmark = Effect.fn("openBenchmark")(function* (folder: string, split = "test") {
  const files = yield* shardsOf(folder, split)
  const task = yield* taskOf(folder)
  const prompts = yield* promptsOf(folder, task)
  const pictures = yield* picturesOf(files, task, prompts.classnames.length)
  if (pictures.length === 0)
    return yield* invalid(path.join(folder, split), "the split holds no sample", "restore its shards from their source")
  const data: BenchmarkData = { name: nameOf(folder), folder, split, task, ...prompts, pictures }
  return data
})
