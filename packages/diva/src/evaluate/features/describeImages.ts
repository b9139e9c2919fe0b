import { Effect, Stream, type Scope } from "effect"
import type { HostArray } from "@diva/tensor"
import type { DecodePool } from "../../data/decode/index.ts"
import { BadSample } from "../../data/sample.ts"
import type { EvaluationEvents } from "../evaluationEvents.ts"
import { drawShares } from "../rules/patchShares.ts"
import { busyClock } from "./busyClock.ts"
import { describingProgress, type DescribingProgress } from "./describingProgress.ts"
import type { Gpu } from "../../gpu/gpu.ts"
import type { DescribedImage, DescribedImages, FeaturesError, ImagesRequest } from "./features.ts"
import { inBatches } from "./inBatches.ts"
import type { Picture } from "./picture.ts"
import { pixelFormat } from "./pixelBatch.ts"
import type { Tower } from "./tower.ts"
import { keyOf, type VectorCache } from "./vectorCache.ts"

export interface ImageWork {
  readonly tower: Tower
  readonly pool: DecodePool
  readonly cache: VectorCache
  readonly batch: number
  /** Progress is reported after every so many pictures. */
  readonly tellEvery: number
}

const defaultSeed = 42

/** A picture that has to go through the tower. */
interface Waiting {
  readonly index: number
  readonly sha256: string
  readonly pixels: Uint8Array
}

interface Plan {
  readonly seed: number
  readonly draws: number
  /** Patches of one draw; undefined for rules that draw nothing. */
  readonly drawn: number | undefined
}

const planOf = <A>({ rule, seed = defaultSeed, draws = 1 }: ImagesRequest<A>, { patches }: Tower): Plan => ({
  seed,
  draws: rule.drawn === undefined ? 1 : draws,
  drawn: rule.drawn?.(patches),
})

/** A picture by its content and, for its draws, its place in the request. */
type Placed = Pick<Waiting, "index" | "sha256">

const drawKey = ({ seed, drawn }: Plan, { index, sha256 }: Placed, draw: number): string =>
  drawn === undefined ? sha256 : keyOf(sha256, `${seed} ${index} ${draw} ${drawn}`)

const sharesOf = ({ seed, draws, drawn }: Plan, { patches }: Tower, batch: number, items: readonly Waiting[]) => {
  if (drawn === undefined) return {}
  const data = new Float32Array(batch * draws * patches)
  for (const [i, { index }] of items.entries())
    for (let draw = 0; draw < draws; draw++)
      data.set(drawShares(seed, index, draw, { drawn, patches }), (i * draws + draw) * patches)
  const shares: HostArray = { shape: [batch, draws, patches], dtype: "f32", data }
  return { shares }
}

const joined = (items: readonly Waiting[], batch: number, bytes: number): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(batch * bytes)
  for (const [i, { pixels }] of items.entries()) all.set(pixels, i * bytes)
  return all
}

/** Vectors of one picture found in the cache; undefined unless all of its draws are there. */
const cached = (cache: VectorCache, plan: Plan, picture: Placed, width: number) => {
  const values = new Float32Array(plan.draws * width)
  for (let draw = 0; draw < plan.draws; draw++) {
    const vector = cache.get(drawKey(plan, picture, draw))
    if (vector === undefined) return undefined
    values.set(vector, draw * width)
  }
  return { width, values }
}

const unusable = (picture: string, rule: string): BadSample => new BadSample({ shard: "images", key: picture, rule })

/** What is known of a picture before its vectors are. */
type Read<A> = Pick<DescribedImage<A>, "name" | "about" | "sha256">

/** One request's work: what it is done with, and how far it is. */
interface Describing<A> {
  readonly work: ImageWork
  readonly plan: Plan
  readonly progress: DescribingProgress
  /** By the picture's place in the request; undefined until its vectors are there. */
  readonly images: (DescribedImage<A> | undefined)[]
  /** Pictures on their way through the tower. */
  readonly read: Map<number, Read<A>>
}

/** Reads a picture; one whose vectors are not known is decoded and sized in a worker thread. Errors: `BadSample`. */
const prepare = Effect.fnUntraced(function* <A>(
  { work: { tower, pool, cache }, plan, progress, images, read }: Describing<A>,
  { name, read: open }: Picture<A>,
  index: number,
) {
  const { bytes, about } = yield* open
  const sha256 = keyOf(bytes)
  const known = cached(cache, plan, { index, sha256 }, tower.width)
  if (known !== undefined) {
    images[index] = { name, about, sha256, vectors: known }
    yield* progress.known
    return undefined
  }
  const made = yield* Effect.mapError(pool.make(bytes, name, { _tag: "Preset", preset: tower.preset }), ({ rule }) =>
    unusable(name, rule),
  )
  read.set(index, { name, about, sha256 })
  const waiting: Waiting = { index, sha256, pixels: made.image.data }
  return waiting
})

/** The pictures that have to go through the tower, in order; those that cannot be used are skipped. */
const waitingOf = <A>(describing: Describing<A>, pictures: readonly Picture<A>[]) =>
  Stream.fromIterable(pictures.entries()).pipe(
    Stream.mapEffect(
      ([index, picture]) =>
        Effect.catchTag(prepare(describing, picture, index), "BadSample", (error) =>
          Effect.as(describing.progress.skip(error), undefined),
        ),
      { concurrency: Math.max(1, describing.work.pool.concurrency) },
    ),
    Stream.filter((each): each is Waiting => each !== undefined),
  )

/** Keeps the vectors of a batch, one after another in `data`. */
const take = Effect.fnUntraced(function* <A>(
  { work: { tower, cache }, plan, progress, images, read }: Describing<A>,
  items: readonly Waiting[],
  { data }: HostArray,
) {
  const { width } = tower
  const one = plan.draws * width
  const kept: (readonly [string, Float32Array])[] = []
  for (const [i, { index, sha256 }] of items.entries()) {
    const values = Float32Array.from(data.subarray(i * one, (i + 1) * one))
    images[index] = { ...read.get(index)!, vectors: { width, values } }
    read.delete(index)
    for (let draw = 0; draw < plan.draws; draw++)
      kept.push([drawKey(plan, { index, sha256 }, draw), values.subarray(draw * width, (draw + 1) * width)])
  }
  yield* cache.add(kept)
  yield* progress.computed(items.length)
})

/** What sends a batch of pictures through the tower; compiled when the first batch comes. */
const sender = Effect.fnUntraced(function* <A>({ work, plan }: Describing<A>, { rule }: ImagesRequest<A>) {
  const { tower, batch } = work
  const format = pixelFormat(tower.preset)
  const bytes = 3 * tower.preset.size ** 2
  const open = yield* Effect.cached(tower.openImages(rule, batch, plan.draws))
  return (items: readonly Waiting[]) =>
    Effect.flatMap(open, (send) =>
      send({ pixels: format.pack(joined(items, batch, bytes), batch), ...sharesOf(plan, tower, batch, items) }),
    )
})

/**
 * Describes pictures under a rule. Those whose vectors are known are only read and hashed; the others are decoded and sized
 * in worker threads ahead of the machine, and computed in batches of one size.
 */
export const describeImages = Effect.fn("describeImages")(function* <A>(
  work: ImageWork,
  request: ImagesRequest<A>,
): Effect.fn.Return<DescribedImages<A>, FeaturesError, Gpu | EvaluationEvents | Scope.Scope> {
  const { pictures } = request
  const clock = yield* busyClock
  const progress = yield* describingProgress(pictures.length, work.tellEvery, clock)
  const images: Describing<A>["images"] = Array.from({ length: pictures.length })
  const describing: Describing<A> = { work, plan: planOf(request, work.tower), progress, images, read: new Map() }
  yield* inBatches(waitingOf(describing, pictures), {
    size: work.batch,
    clock,
    send: yield* sender(describing, request),
    take: (items, vectors) => take(describing, items, vectors),
  })
  yield* progress.finish
  const described: DescribedImages<A> = { images, skipped: yield* progress.skipped }
  return described
})
