import { Effect, Stream, type Scope } from "effect"
import type { HostArray } from "@diva/tensor"
import type { DecodePool } from "../../data/decode/index.ts"
import { BadSample } from "../../data/sample.ts"
import { EvaluationEvents } from "../evaluationEvents.ts"
import { drawShares } from "../rules/patchShares.ts"
import { busyClock } from "./busyClock.ts"
import type { Gpu } from "../../gpu/gpu.ts"
import type { DescribedImage, DescribedImages, FeaturesError, ImagesRequest } from "./features.ts"
import { inBatches } from "./inBatches.ts"
import type { Picture } from "./picture.ts"
import { pixelFormat } from "./pixelBatch.ts"
import { makeSkips } from "./skips.ts"
import type { Tower } from "./tower.ts"
import { keyOf, type VectorCache } from "./vectorCache.ts"

export interface ImageWork {
  readonly tower: Tower
  readonly pool: DecodePool
  readonly cache: VectorCache
  readonly batch: number
  /** Told after every so many pictures. */
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

/**
 * Describes pictures under a rule. Those whose vectors are known are only read and hashed; the others are decoded and sized
 * in worker threads ahead of the machine, and computed in batches of one size.
 */
export const describeImages = Effect.fn("describeImages")(function* <A>(
  work: ImageWork,
  request: ImagesRequest<A>,
): Effect.fn.Return<DescribedImages<A>, FeaturesError, Gpu | EvaluationEvents | Scope.Scope> {
  const { tower, pool, cache, batch, tellEvery } = work
  const { preset, width } = tower
  const events = yield* EvaluationEvents
  const clock = yield* busyClock
  const plan = planOf(request, tower)
  const format = pixelFormat(preset)
  const total = request.pictures.length
  const skips = yield* makeSkips(total)
  const images: (DescribedImage<A> | undefined)[] = Array.from({ length: total })
  const read = new Map<number, Pick<DescribedImage<A>, "name" | "about" | "sha256">>()
  let [done, found] = [0, 0]

  const tell = Effect.fnUntraced(function* (isLast: boolean) {
    const { busy, all } = yield* clock.read
    const skipped = yield* skips.all
    yield* events.publish({
      _tag: "described",
      what: "images",
      done,
      total,
      cached: found,
      skipped: skipped.length,
      adapterSeconds: busy,
      seconds: all,
      isLast,
    })
  })
  const settle = Effect.fnUntraced(function* (count: number) {
    const before = done
    done += count
    if (Math.floor(done / tellEvery) > Math.floor(before / tellEvery) && done < total) yield* tell(false)
  })
  const skip = Effect.fnUntraced(function* (error: BadSample) {
    yield* skips.add(error)
    yield* events.publish({ _tag: "skipped", name: error.key, rule: error.rule })
    yield* settle(1)
  })

  const prepare = Effect.fnUntraced(function* ({ name, read: open }: Picture<A>, index: number) {
    const { bytes, about } = yield* open
    const sha256 = keyOf(bytes)
    const known = cached(cache, plan, { index, sha256 }, width)
    if (known !== undefined) {
      images[index] = { name, about, sha256, vectors: known }
      found++
      yield* settle(1)
      return undefined
    }
    const made = yield* Effect.mapError(pool.make(bytes, name, { _tag: "Preset", preset }), ({ rule }) =>
      unusable(name, rule),
    )
    read.set(index, { name, about, sha256 })
    const waiting: Waiting = { index, sha256, pixels: made.image.data }
    return waiting
  })
  const waiting = Stream.fromIterable(request.pictures.entries()).pipe(
    Stream.mapEffect(
      ([index, picture]) =>
        Effect.catchTag(prepare(picture, index), "BadSample", (error) => Effect.as(skip(error), undefined)),
      { concurrency: Math.max(1, pool.concurrency) },
    ),
    Stream.filter((each): each is Waiting => each !== undefined),
  )

  const take = Effect.fnUntraced(function* (items: readonly Waiting[], vectors: HostArray) {
    const one = plan.draws * width
    const kept: (readonly [string, Float32Array])[] = []
    for (const [i, { index, sha256 }] of items.entries()) {
      const values = Float32Array.from(vectors.data.subarray(i * one, (i + 1) * one))
      images[index] = { ...read.get(index)!, vectors: { width, values } }
      read.delete(index)
      for (let draw = 0; draw < plan.draws; draw++)
        kept.push([drawKey(plan, { index, sha256 }, draw), values.subarray(draw * width, (draw + 1) * width)])
    }
    yield* cache.add(kept)
    yield* settle(items.length)
  })
  const bytes = 3 * preset.size ** 2
  const open = yield* Effect.cached(tower.openImages(request.rule, batch, plan.draws))
  yield* inBatches(waiting, {
    size: batch,
    clock,
    send: (items) =>
      Effect.flatMap(open, (send) =>
        send({ pixels: format.pack(joined(items, batch, bytes), batch), ...sharesOf(plan, tower, batch, items) }),
      ),
    take,
  })
  yield* tell(true)
  const described: DescribedImages<A> = { images, skipped: yield* skips.all }
  return described
})
