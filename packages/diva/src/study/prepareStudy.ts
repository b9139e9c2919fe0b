import * as path from "node:path"
import { Effect, Schedule, type Scope } from "effect"
import { demoShard } from "../demo/demo.ts"
import type { EvaluationEvents } from "../evaluate/evaluationEvents.ts"
import { openClipModel } from "../evaluate/model/openClipModel.ts"
import { withClip } from "../evaluate/model/withClip.ts"
import { isThere } from "../files/presence.ts"
import { holdRun } from "../files/runLock.ts"
import type { Gpu } from "../gpu/gpu.ts"
import { readConfigs } from "../sources/readConfigs.ts"
import { classKinds, writeClassSet } from "../world/classSets.ts"
import { folderHash } from "../world/folderHash.ts"
import type { WorldFiles } from "../world/shippedWorld.ts"
import { confusedPairs, unselectedPairs } from "../world/worldPairs.ts"
import { writePairs } from "../world/writePairs.ts"
import { readFirstScores, writeFirstScores } from "./firstScores.ts"
import { hashed } from "./hashed.ts"
import type { StudyError, StudyRequest } from "./studyRequest.ts"
import { classFolder, scoreInStudy, type Scored, type ScoredOn } from "./studyScores.ts"

/** Everything that runs of a study share. */
export interface StudyInputs {
  readonly scoredOn: ScoredOn
  readonly before: Scored
  /** Content of the models and benchmarks. */
  readonly world: string
  /** Content of all that is shared. */
  readonly shared: string
}

/** Content of a world's folders. Errors: `FileUnreadable`. */
export const worldHash = Effect.fnUntraced(function* ({ clip, diffusion, confused, control }: WorldFiles) {
  const hashes: string[] = []
  for (const folder of [clip, diffusion, confused, control]) hashes.push(yield* folderHash(folder))
  return hashed(hashes.join(" "))
})

/** What the shared folder holds is decided by this. */
const sharedKey = ({ study: { benchmark, classScenes, sceneSeed } }: StudyRequest, world: string): string =>
  hashed({ world, benchmark, classScenes, sceneSeed })

const candidatesOf = (pairs: number): number => Math.ceil((pairs * 8) / 3)

/** Draws a study's own pairs: as many candidates for each confused one as the world's have. */
const drawBenchmark = Effect.fnUntraced(function* (
  { world }: StudyRequest,
  { seed, pairs }: { readonly seed: number; readonly pairs: number },
  size: number,
  { confused, control }: ScoredOn,
) {
  const candidates = candidatesOf(pairs)
  const model = yield* openClipModel({ path: world.clip })
  const chosen = yield* withClip(model)(confusedPairs({ pairs, candidates, seed: seed + 1, size }))
  yield* writePairs(confused, chosen, { selection: "confused", seed: seed + 1, size, candidates })
  yield* writePairs(control, yield* unselectedPairs({ pairs, seed, size }), { selection: "none", seed, size })
})

const prepareHeld = Effect.fnUntraced(function* (request: StudyRequest, folder: string, on: ScoredOn) {
  const { study, world, onStage = () => Effect.void } = request
  yield* holdRun(folder)
  const first = path.join(folder, "before.json")
  if (yield* isThere(first)) return yield* readFirstScores(first)
  const size = (yield* readConfigs({ clip: world.clip, clipConfig: world.clip, sd: world.diffusion })).configs.clip
    .vision.imageSize
  yield* onStage("rendering what is scored and trained on")
  for (const kind of classKinds)
    yield* writeClassSet(classFolder(on.classes, kind), {
      kind,
      count: study.classScenes,
      seed: study.sceneSeed + 1,
      size,
    })
  if (study.benchmark !== undefined) yield* drawBenchmark(request, study.benchmark, size, on)
  for (const scenes of new Set([study.scenes, ...study.arms.flatMap(({ scenes: own }) => own ?? [])]))
    yield* demoShard(request.folder, scenes, study.sceneSeed, size)
  yield* onStage("scoring the CLIP as it is")
  const before = yield* scoreInStudy(on, world.clip)
  yield* writeFirstScores(first, before)
  return before
}, Effect.scoped)

/**
 * Makes what all runs of a study share, once: scenes, pairs, class pictures, and the scores before training. Where another process is
 * making them, waits for it. Errors: those of scoring, file errors.
 */
export const prepareStudy = Effect.fn("prepareStudy")(function* (
  request: StudyRequest,
): Effect.fn.Return<StudyInputs, StudyError, Gpu | EvaluationEvents | Scope.Scope> {
  const world = yield* worldHash(request.world)
  const shared = sharedKey(request, world)
  const folder = path.join(request.folder, `shared-${shared}`)
  const own = request.study.benchmark !== undefined
  const scoredOn: ScoredOn = {
    base: request.world.clip,
    confused: own ? path.join(folder, "confused") : request.world.confused,
    control: own ? path.join(folder, "control") : request.world.control,
    classes: folder,
  }
  const before = yield* prepareHeld(request, folder, scoredOn).pipe(
    Effect.retry({ while: ({ _tag }) => _tag === "RunLocked", schedule: Schedule.spaced("1 second") }),
  )
  const inputs: StudyInputs = { scoredOn, before, world, shared }
  return inputs
})
