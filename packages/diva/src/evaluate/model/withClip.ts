import { Effect } from "effect"
import type { Gpu } from "../../gpu/gpu.ts"
import { EvaluationEvents } from "../evaluationEvents.ts"
import type { Features } from "../features/features.ts"
import type { TowerError } from "../features/tower.ts"
import { towerFeatures, type FeaturesOptions } from "../features/towerFeatures.ts"
import type { ClipModel } from "./clipModel.ts"
import { clipTower } from "./clipTower.ts"

/** Runs a program with a CLIP's features; its weights leave the machine when the program ends. */
export const withClip =
  (model: ClipModel, options: FeaturesOptions = {}) =>
  <A, E, R>(
    program: Effect.Effect<A, E, R>,
  ): Effect.Effect<A, E | TowerError, Exclude<R, Features> | Gpu | EvaluationEvents> =>
    Effect.scoped(
      Effect.gen(function* () {
        const events = yield* EvaluationEvents
        yield* Effect.forEach(model.remarks, (remark) => events.publish({ _tag: "opened", name: model.name, remark }))
        const tower = yield* clipTower(model)
        return yield* Effect.provide(program, towerFeatures(tower, options))
      }),
    ) as Effect.Effect<A, E | TowerError, Exclude<R, Features> | Gpu | EvaluationEvents>
