import * as path from "node:path"
import { Effect } from "effect"
import { isThere } from "../files/presence.ts"
import type { Json } from "../json.ts"
import { folderHash } from "../world/folderHash.ts"
import { worldSettings } from "../world/worldTraining.ts"
import { hashed } from "./hashed.ts"
import { worldHash } from "./prepareStudy.ts"
import type { StudyRequest } from "./studyRequest.ts"
import { stepsOf, type StudyStep } from "./study.ts"
import { hasLine } from "./studyResults.ts"

/** A step of a study, by what decides its result. */
export interface KeyedStep {
  readonly step: StudyStep
  readonly deciding: Json
  readonly key: string
}

/** A prior as a line of results names it: a folder also by its content. */
const priorOf = Effect.fnUntraced(function* ({ world }: StudyRequest, prior: string | undefined) {
  if (prior === undefined) return path.basename(world.diffusion)
  return (yield* isThere(prior)) ? `${path.basename(prior)} ${(yield* folderHash(prior)).slice(0, 16)}` : prior
})

const keyed = Effect.fnUntraced(function* (request: StudyRequest, step: StudyStep, world: string) {
  const { scenes: all, sceneSeed, benchmark } = request.study
  const { name, settings = {}, prior, feedback = "own", scenes = all } = step.arm
  const deciding = {
    ...worldSettings,
    ...settings,
    seed: step.seed,
    prior: yield* priorOf(request, prior),
    feedback,
    scenes,
    sceneSeed,
    world,
    ...(benchmark === undefined ? {} : { benchmark }),
  }
  const found: KeyedStep = { step, deciding: deciding as Json, key: hashed({ arm: name, ...deciding }) }
  return found
})

/** The steps that a request asks for. Errors: `FileUnreadable`. */
export const keyedSteps = Effect.fnUntraced(function* (request: StudyRequest) {
  const { study, only } = request
  const world = yield* worldHash(request.world)
  const wanted = stepsOf(study).filter(({ arm }) => only === undefined || only.includes(arm.name))
  return yield* Effect.forEach(wanted, (step) => keyed(request, step, world))
})

/** How many steps of a request have no result yet. Errors: `FileUnreadable`. */
export const stepsLeft = Effect.fn("stepsLeft")(function* (request: StudyRequest) {
  const isDone = hasLine(request.results)
  const done = yield* Effect.forEach(yield* keyedSteps(request), ({ key }) => isDone(key))
  return done.filter((each) => !each).length
})
