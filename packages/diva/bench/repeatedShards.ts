import { mkdtemp, stat, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeJpeg, type RgbImage } from "@diva/models"
import { Effect } from "effect"
import { writeTar } from "../src/data/index.ts"

/** Pictures of the one shard there is. */
const pictures = 256
const edge = 512

/** A picture with edges and grain, which makes a JPEG of about the size of a photograph. */
const picture = (seed: number): RgbImage => {
  const data = new Uint8Array(3 * edge * edge)
  let state = seed * 2_654_435_761 + 1
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [Math.floor(at / 3) % edge, Math.floor(at / (3 * edge))]
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    data[at] = 128 + 80 * Math.sin((x + seed) / 23) * Math.cos(y / (17 + (seed % 5))) + ((state >>> 26) - 32)
  }
  return { width: edge, height: edge, data }
}

/** A folder in which one shard lies under as many names as make `bytes` of data. */
export interface RepeatedShards {
  readonly folder: string
  readonly shards: number
  readonly samples: number
  readonly bytes: number
}

/** Makes the folder; it takes the space of one shard. */
export const repeatedShards = async (bytes: number): Promise<RepeatedShards> => {
  const folder = await mkdtemp(join(tmpdir(), "diva-repeated-"))
  const file = join(folder, "00000.tar")
  const members = []
  for (let i = 0; i < pictures; i++) {
    const key = String(i).padStart(9, "0")
    members.push({ name: `${key}.jpg`, bytes: new Uint8Array(await encodeJpeg(picture(i))) })
    members.push({ name: `${key}.txt`, bytes: new TextEncoder().encode(`picture ${i}`) })
  }
  await Effect.runPromise(writeTar(file, members))
  const { size } = await stat(file)
  const shards = Math.max(1, Math.ceil(bytes / size))
  for (let i = 1; i < shards; i++) await symlink(file, join(folder, `${String(i).padStart(5, "0")}.tar`))
  return { folder, shards, samples: shards * pictures, bytes: shards * size }
}
