import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { Effect } from "effect"
import sharp from "sharp"
import { checkData } from "../../src/data/index.ts"
import { numbers } from "./damage.ts"

type Draw = (bound: number) => number

/** What it makes of a picture's bytes. */
type ImageDamage = (bytes: Buffer, draw: Draw) => Buffer

const changed =
  (change: (bytes: Buffer, draw: Draw) => void): ImageDamage =>
  (bytes, draw) => {
    const copy = Buffer.from(bytes)
    change(copy, draw)
    return copy
  }

const filled =
  (value: (draw: Draw) => number): ImageDamage =>
  (bytes, draw) =>
    changed((copy) => {
      const from = draw(copy.length)
      const to = Math.min(copy.length, from + 1 + draw(copy.length >> 1))
      for (let at = from; at < to; at++) copy[at] = value(draw)
    })(bytes, draw)

const flips = (times: number, within: number): ImageDamage =>
  changed((bytes, draw) => {
    for (let i = 0; i < times; i++) bytes[draw(Math.min(within, bytes.length))]! ^= 1 << draw(8)
  })

const page = Buffer.from("<!doctype html><title>404 Not Found</title>")

/** Twenty kinds of damage to a picture. */
export const imageDamages: Readonly<Record<string, ImageDamage>> = {
  "nothing left": () => Buffer.alloc(0),
  "a few bytes left": (bytes, draw) => bytes.subarray(0, 1 + draw(20)),
  "a cut anywhere": (bytes, draw) => bytes.subarray(0, draw(bytes.length)),
  "the last bytes lost": (bytes, draw) => bytes.subarray(0, bytes.length - 1 - draw(12)),
  "the first bytes lost": (bytes, draw) => bytes.subarray(1 + draw(40)),
  "a page in its place": () => page,
  "a page over its beginning": changed((bytes) => void page.copy(bytes)),
  "a bit": flips(1, Infinity),
  "a bit of its head": flips(1, 64),
  "forty bits": flips(40, Infinity),
  "eight bits of its head": flips(8, 100),
  "zeros in it": filled(() => 0),
  "ones in it": filled(() => 255),
  "noise in it": filled((draw) => draw(256)),
  "noise all over": changed((bytes, draw) => void bytes.forEach((_, at) => (bytes[at] = draw(256)))),
  "bytes lost": (bytes, draw) => {
    const at = draw(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + draw(40))])
  },
  "bytes put in": (bytes, draw) => {
    const at = draw(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1 + draw(40), draw(256)), bytes.subarray(at)])
  },
  "halves exchanged": (bytes) =>
    Buffer.concat([bytes.subarray(bytes.length >> 1), bytes.subarray(0, bytes.length >> 1)]),
  "written twice": (bytes) => Buffer.concat([bytes, bytes]),
  "largest numbers in its head": changed((bytes, draw) => void bytes.fill(255, 12 + draw(60)).copy(bytes, 80, 80)),
}

/** Kinds that leave no picture, whatever its format. */
export const isFatal = (kind: string): boolean =>
  ["nothing left", "a few bytes left", "a page in its place", "a page over its beginning", "noise all over"].includes(
    kind,
  )

const edge = 24

/** Pictures of every format and of the ways in which each is stored. */
const pictures = async (draw: Draw): Promise<readonly Buffer[]> => {
  const data = Uint8Array.from({ length: 4 * edge * edge }, (_, at) => (at >> 3) + draw(40))
  const raw = (channels: 3 | 4) =>
    sharp(data.subarray(0, channels * edge * edge), { raw: { width: edge, height: edge, channels } })
  return Promise.all([
    raw(3).jpeg().toBuffer(),
    raw(3).jpeg({ progressive: true }).toBuffer(),
    raw(3).toColourspace("cmyk").jpeg().toBuffer(),
    raw(4).png().toBuffer(),
    raw(3).png({ palette: true }).toBuffer(),
    raw(3).toColourspace("rgb16").png().toBuffer(),
    raw(3).webp().toBuffer(),
    raw(4).webp({ lossless: true }).toBuffer(),
    raw(4).gif().toBuffer(),
    raw(3).tiff({ compression: "lzw" }).toBuffer(),
    raw(3).tiff({ compression: "jpeg" }).toBuffer(),
    raw(3).avif({ effort: 0 }).toBuffer(),
  ])
}

/** How a folder of damaged and good pictures was read. */
export interface DamagedImages {
  readonly damaged: number
  readonly whole: number
  readonly total: number
  readonly good: number
  /** Keys of the bad ones: those of good pictures begin with "whole". */
  readonly bad: readonly string[]
  readonly reasons: readonly string[]
}

const keyOf = (i: number): string => String(i).padStart(4, "0")

/** Damages `count` pictures of all formats in one way, lays good ones beside them and reads all. */
export const readDamagedImages = async (
  kind: string,
  seed: number,
  count: number,
  workers = 0,
): Promise<DamagedImages> => {
  const folder = await mkdtemp(path.join(tmpdir(), "damaged-images-"))
  try {
    const draw = numbers(seed)
    const good = await pictures(draw)
    await mkdir(path.join(folder, "in"))
    const write = (name: string, bytes: Uint8Array) => writeFile(path.join(folder, "in", `${name}.jpg`), bytes)
    for (let i = 0; i < count; i++) await write(`hurt-${keyOf(i)}`, imageDamages[kind]!(good[i % good.length]!, draw))
    for (const [i, bytes] of good.entries()) await write(`whole-${keyOf(i)}`, bytes)
    const report = await Effect.runPromise(checkData({ sources: path.join(folder, "in"), workers, examples: 1 }))
    return {
      damaged: count,
      whole: good.length,
      total: report.samples,
      good: report.good,
      bad: report.bad.map(({ key }) => key),
      reasons: report.bad.map(({ rule }) => rule),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
