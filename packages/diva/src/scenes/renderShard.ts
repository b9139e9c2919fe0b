import { encodeJpeg, type FileError } from "@diva/models"
import { hostPart } from "@diva/tensor/random"
import { Effect } from "effect"
import { dataKey } from "../data/dataKey.ts"
import type { Sample } from "../data/sample.ts"
import { type TarMember, writeTar } from "../data/tar/writeTar.ts"
import { drawScene } from "./drawScene.ts"
import { drawsOf } from "./draws.ts"
import { sceneAt } from "./syntheticScenes.ts"
import { webCaption } from "./webCaption.ts"
import { doingBetween } from "../doing.ts"

export interface RenderShardRequest {
  readonly path: string
  readonly count: number
  readonly seed: number
  /** Edge of the pictures in pixels. */
  readonly size: number
  /** Index of the first scene, so that shards can follow one another; 0. */
  readonly first?: number
  /** "full" (default): captions tell what sets scenes of a pair apart. "web": what alt texts tell, see `webCaption`. */
  readonly captions?: "full" | "web"
}

/** What scenes look like under a seed: shards, weights and benchmarks of different versions do not belong together. */
export const worldVersion = 2

const keyDigits = 9
const quality = 92

/** Captions are drawn apart from scenes, whose patterns have the numbers below. */
const captionPart = 1000

const extensionOf = (name: string): string => name.slice(name.indexOf(".") + 1)

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The three members of one scene: picture, caption, and the scene itself with what the webdataset tools write. */
const sceneMembers = async (
  { seed, size, captions = "full" }: Omit<RenderShardRequest, "path">,
  index: number,
): Promise<readonly TarMember[]> => {
  const scene = sceneAt(seed, index)
  const caption =
    captions === "full"
      ? scene.caption
      : webCaption(scene, drawsOf(hostPart(hostPart(dataKey(seed), captionPart), index)))
  const key = String(index).padStart(keyDigits, "0")
  const json = { key, caption, width: size, height: size, world: worldVersion, seed, index, scene }
  return [
    { name: `${key}.jpg`, bytes: await encodeJpeg(drawScene(scene, size), quality) },
    { name: `${key}.txt`, bytes: encoded(caption) },
    { name: `${key}.json`, bytes: encoded(JSON.stringify(json)) },
  ]
}

type Say = Effect.Success<typeof doingBetween>

async function* members(request: RenderShardRequest, say: Say): AsyncGenerator<TarMember> {
  const { path, count, first = 0 } = request
  for (let index = first; index < first + count; index++) {
    say(`rendering scenes into ${path}`, index - first, count)
    yield* await sceneMembers(request, index)
  }
}

/**
 * Writes a webdataset tar file of rendered scenes with captions, all or nothing; equal requests give equal bytes.
 * Gives the file's size. Errors: `StorageFull`, `FileUnwritable`.
 */
export const renderShard = (request: RenderShardRequest): Effect.Effect<number, FileError> =>
  Effect.flatMap(doingBetween, (say) => writeTar(request.path, members(request, say))).pipe(
    Effect.withSpan("renderShard"),
  )

/** The same scenes in memory, one sample each. */
export const renderSamples = async (request: Omit<RenderShardRequest, "path">): Promise<readonly Sample[]> => {
  const { count, first = 0 } = request
  return Promise.all(
    Array.from({ length: count }, async (_, i): Promise<Sample> => {
      const parts = await sceneMembers(request, first + i)
      const fields = parts.flatMap(({ name, bytes }) =>
        bytes instanceof Uint8Array ? [[extensionOf(name), bytes] as const] : [],
      )
      return { key: String(first + i).padStart(keyDigits, "0"), fields: new Map(fields) }
    }),
  )
}
