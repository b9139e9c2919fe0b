import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { writeTar, type TarMember } from "@diva/diva"
import { Effect } from "effect"
import { onTestFinished } from "vitest"

/** One sample: its picture and the member that annotates it. */
export interface SmallSample {
  readonly picture?: Uint8Array | undefined
  readonly annotation?: readonly [extension: string, bytes: Uint8Array | string] | undefined
}

export interface SmallBenchmark {
  readonly name: string
  readonly type?: string
  readonly classnames?: readonly string[]
  readonly templates?: readonly string[]
  readonly samples: readonly SmallSample[]
  readonly shards?: number
}

const bytesOf = (content: Uint8Array | string): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content

/** A NumPy file of one row of bytes. */
export const numpyRow = (values: readonly number[]): Uint8Array => {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${values.length},), }`
  const padded = header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11) + "\n"
  const start = new Uint8Array([
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    1,
    0,
    padded.length & 255,
    padded.length >> 8,
  ])
  return new Uint8Array([...start, ...new TextEncoder().encode(padded), ...values])
}

const membersOf = ({ picture, annotation }: SmallSample, i: number): readonly TarMember[] => {
  const key = `s${String(i).padStart(7, "0")}`
  return [
    ...(picture === undefined ? [] : [{ name: `${key}.jpg`, bytes: picture }]),
    ...(annotation === undefined ? [] : [{ name: `${key}.${annotation[0]}`, bytes: bytesOf(annotation[1]) }]),
  ]
}

/** A folder that goes when the test ends. */
export const temporaryRoot = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "diva-benchmark-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes a data set in CLIP_benchmark's webdataset layout below `root`; gives its folder. */
export const writeBenchmark = async (
  root: string,
  { name, type, classnames, templates, samples, shards = 2 }: SmallBenchmark,
): Promise<string> => {
  const folder = join(root, `wds_${name}`)
  mkdirSync(join(folder, "test"), { recursive: true })
  const lines = (file: string, content: readonly string[] | undefined) =>
    content === undefined ? undefined : writeFileSync(join(folder, file), `${content.join("\n")}\n`)
  lines("classnames.txt", classnames)
  lines("zeroshot_classification_templates.txt", templates)
  if (type !== undefined) writeFileSync(join(folder, "dataset_type.txt"), type)
  writeFileSync(join(folder, "test", "nshards.txt"), String(shards))
  const per = Math.ceil(samples.length / shards)
  for (let shard = 0; shard < shards; shard++) {
    const members = samples.flatMap((sample, i) => (Math.floor(i / per) === shard ? membersOf(sample, i) : []))
    await Effect.runPromise(writeTar(join(folder, "test", `${shard}.tar`), members))
  }
  return folder
}
