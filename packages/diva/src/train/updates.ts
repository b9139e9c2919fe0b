import { Effect, Ref, type Scope } from "effect"
import type { Checkpoints } from "../checkpoint/checkpoints.ts"
import type { BadSample, DataPosition, Shards } from "../data/index.ts"
import type { Gpu } from "../gpu/gpu.ts"
import { packPixels } from "../objective/pixels.ts"
import { openBatches } from "./batches.ts"
import { Events } from "./observe/events.ts"
import { microBatches } from "./plan/microProgram.ts"
import { divergence } from "./notFinite.ts"
import { lastUpdate, rateAt, seconds, stepEvent } from "./progress.ts"
import type { View } from "./observe/observer.ts"
import { observe, type AnyRun, type ObserveOptions, type Run } from "./run.ts"
import type { TrainError } from "./trainError.ts"
import { partialsOf } from "./plan/updateProgram.ts"

type Services = Gpu | Shards | Checkpoints | Events | Scope.Scope

/** Whether a further update is started: there is one, and this process has time for it. */
const goesOn = Effect.fnUntraced(function* ({ config, progress, life }: AnyRun) {
  const { update } = yield* Ref.get(progress)
  const { maxHours = Infinity } = config
  return update < lastUpdate(config) && (yield* seconds) - life.startedAt < maxHours * 3600
})

const tellSkipped = Effect.fnUntraced(function* ({ life }: AnyRun, skipped: readonly BadSample[]) {
  const events = yield* Events
  for (const { shard, key, rule } of skipped) {
    const count = yield* Ref.updateAndGet(life.skipped, (told) => told + 1)
    yield* events.publish({ _tag: "skippedSample", shard, key, reason: rule, skipped: count })
  }
})

/** The partial sum that a micro-batch is dealt to. */
const partialOf = ({ config }: AnyRun, micro: number): number =>
  Math.floor((micro * partialsOf(config)) / microBatches(config))

/** Adds the seconds that work of the machine takes. */
const timed =
  (computed: Ref.Ref<number>) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(seconds, (before) =>
      Effect.ensuring(
        work,
        Effect.flatMap(seconds, (after) => Ref.update(computed, (sum) => sum + after - before)),
      ),
    )

/** Sums the gradients of one update's micro-batches, dealt to the partial sums in order; gives the position after them. */
const accumulateUpdate = Effect.fnUntraced(function* <E, R>(
  run: Run<E, R>,
  update: number,
  from: DataPosition,
  onMachine: ReturnType<typeof timed>,
) {
  const { config, machine, nextBatch } = run
  let position = from
  for (let micro = 0; micro < microBatches(config); micro++) {
    const { images, skipped, next } = yield* nextBatch
    const pixels = packPixels(images, config.batchSize, config.imageSize)
    yield* onMachine(machine.microStep(pixels, update, micro * config.batchSize, partialOf(run, micro)))
    yield* tellSkipped(run, skipped)
    yield* observe(run, "microStep", { microStep: micro })
    position = next
  }
  return position
})

/**
 * Where an update left the finite numbers: the update moved nothing, so its micro-batches are computed once more, and looked at one by
 * one. The first after which a sum is not finite; nothing where none is by itself.
 */
const findStrange = Effect.fnUntraced(function* (run: AnyRun, update: number, from: DataPosition) {
  const { config, machine } = run
  const nextBatch = yield* openBatches(from, config.batchSize)
  for (let micro = 0; micro < microBatches(config); micro++) {
    const { images, keys } = yield* nextBatch
    const pixels = packPixels(images, config.batchSize, config.imageSize)
    yield* machine.microStep(pixels, update, micro * config.batchSize, partialOf(run, micro))
    const { isFinite, tensor } = yield* machine.examine(partialOf(run, micro))
    if (!isFinite) return { microBatch: micro, keys, ...(tensor === undefined ? {} : { tensor }) }
  }
  return {}
}, Effect.scoped)

/** One update. It cannot be interrupted: what is saved is always a whole one. */
const oneUpdate = Effect.fnUntraced(function* <E, R>(run: Run<E, R>) {
  const { config, machine, progress, life } = run
  const began = yield* seconds
  const { update, position } = yield* Ref.get(progress)
  const computed = yield* Ref.make(0)
  const onMachine = timed(computed)
  const next = yield* accumulateUpdate(run, update, position, onMachine)
  const report = yield* onMachine(machine.update(rateAt(config, update), update))
  const given = { update: update + 1, ...report }
  if (divergence(given) !== undefined)
    return yield* divergence({ ...given, ...(yield* findStrange(run, update, position)) })!
  const skipped = yield* Ref.get(life.skipped)
  const known = { update: update + 1, began, report, skipped, computed: yield* Ref.get(computed) }
  const step = yield* stepEvent(config, progress, known)
  yield* Ref.update(progress, (at) => ({ ...at, update: update + 1, position: next, step, scores: {} }))
  yield* Ref.set(life.reached, update + 1)
})

/** What was to be seen of the first state when the process before was stopped. */
const makeUp = Effect.fnUntraced(function* <E, R>(run: Run<E, R>, options: ObserveOptions) {
  const { unseen } = run.start
  if (unseen === undefined) return
  yield* observe(run, "update", options)
  // A run that makes no further update comes to its end anyhow.
  if (unseen === "finish" && (yield* goesOn(run))) yield* observe(run, "finish", options)
})

/**
 * Updates until the last, and what is to be seen at the end. An interruption takes effect between updates: a step that has begun is
 * finished, so what is saved is always a whole update. Gives the view of the end.
 */
export const updateAll = <E, R>(run: Run<E, R>): Effect.Effect<View, TrainError | E, Services | R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      yield* observe(run, "start", { restore })
      yield* makeUp(run, { restore })
      while (yield* goesOn(run)) {
        yield* restore(Effect.yieldNow)
        yield* oneUpdate(run)
        yield* observe(run, "update", { restore })
      }
      return yield* observe(run, "finish", { restore })
    }),
  )
