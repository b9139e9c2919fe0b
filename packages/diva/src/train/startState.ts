import { Effect, Option } from "effect"
import { hostKey } from "@diva/tensor"
import { Shards } from "../data/index.ts"
import { Checkpoints } from "../checkpoint/checkpoints.ts"
import { Events } from "./observe/events.ts"
import { fromEither } from "../fromEither.ts"
import { checkTraining } from "./checkTraining.ts"
import { checkWeights, flatten, trainableTree } from "./machine/parameterTrees.ts"
import type { RunState } from "../checkpoint/runState.ts"
import type { WeightArray, NamedWeights } from "../weights/weightArray.ts"
import { settleExecution } from "./plan/settleExecution.ts"
import { settingsDiffer, settingsOf, type Settings } from "./config/settings.ts"
import type { TrainConfig } from "./config/trainConfig.ts"

/** A state to begin from, whose numbers need not be in memory yet. */
export interface StartState extends Omit<RunState, "parameters" | "optimizer"> {
  readonly parameters: NamedWeights
  /** Absent before the first update: the optimizer makes its own. */
  readonly optimizer?: NamedWeights
}

/** The state before the first update, of checked weights. */
export const firstState = (config: TrainConfig, settings: Settings): StartState => ({
  update: 0,
  rootKey: hostKey(config.seed),
  position: { epoch: 0, position: 0 },
  parameters: flatten<WeightArray>(trainableTree(config)),
  settings,
})

/**
 * The state a run begins with, the newest readable checkpoint (`resumed`) or the first state, and its configuration with the
 * execution settled. Checkpoints that cannot be read are published to `Events`. Errors: `SettingsDiffer`, `MemoryBudgetTooSmall`, `CheckpointCorrupt` (none readable), file errors.
 */
export const startState = Effect.fn("startState")(function* (config: TrainConfig) {
  yield* fromEither(checkTraining(config))
  yield* fromEither(checkWeights(config.method, config.weights))
  const checkpoints = yield* Checkpoints
  const events = yield* Events
  const latest = yield* checkpoints.latest
  const settled = yield* settleExecution(config, Option.getOrUndefined(latest)?.state.settings)
  const settings = settingsOf(settled, (yield* Shards).manifest)
  if (Option.isNone(latest)) return { config: settled, state: firstState(config, settings), resumed: false } as const
  const { state, rejected } = latest.value
  yield* Effect.forEach(rejected, ({ id, rule, remedy }) =>
    events.publish({ _tag: "checkpointRejected", id, rule, remedy }),
  )
  const differ = settingsDiffer(state.settings, settings)
  return differ === undefined ? ({ config: settled, state, resumed: true } as const) : yield* differ
})

/** Makes the first example that a run will see: data without a picture is an error before anything is computed. Errors: those of `Shards`. */
export const requirePictures = (state: Pick<RunState, "position">) =>
  Effect.flatMap(Shards, ({ example }) => Effect.asVoid(example(state.position)))
