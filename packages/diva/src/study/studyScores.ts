import * as path from "node:path"
import { Effect, type Scope } from "effect"
import { alignmentVectors, sharedImages, type AlignmentVectors } from "../evaluate/compare/alignmentVectors.ts"
import { openBenchmark } from "../evaluate/datasets/benchmarkFolder.ts"
import type { EvaluationEvents } from "../evaluate/evaluationEvents.ts"
import { dot, vectorAt, vectorCount } from "../evaluate/features/vectorTable.ts"
import { evaluateMmvp, summariseMmvp } from "../evaluate/mmvp/evaluateMmvp.ts"
import { openMmvp } from "../evaluate/mmvp/mmvpFolder.ts"
import { openClipModel } from "../evaluate/model/openClipModel.ts"
import { withClip } from "../evaluate/model/withClip.ts"
import { stockRule } from "../evaluate/rules/flavours.ts"
import { evaluateBenchmark } from "../evaluate/zeroShot/evaluateBenchmark.ts"
import type { Gpu } from "../gpu/gpu.ts"
import type { ClassKind } from "../world/classSets.ts"
import type { WorldError } from "../world/worldRun.ts"
import type { StudyScores } from "./studyResults.ts"

/** What a study's scores are computed on. */
export interface ScoredOn {
  /** The folder of the CLIP that training begins with: a trained file is only its weights. */
  readonly base: string
  readonly confused: string
  readonly control: string
  /** Folder of the zero-shot sets. */
  readonly classes: string
}

export const classFolder = (classes: string, kind: ClassKind): string => path.join(classes, `wds_world-${kind}`)

/** A CLIP's scores with the vectors that they were computed from. */
export interface Scored {
  readonly scores: StudyScores
  readonly vectors: AlignmentVectors
}

const pairsSolved = Effect.fnUntraced(function* (folder: string) {
  const { categories, average } = summariseMmvp(yield* evaluateMmvp({ data: yield* openMmvp(folder), rule: stockRule }))
  return { categories: categories.map(({ estimate }) => estimate.value), average: average.value }
})

const accuracy = Effect.fnUntraced(function* (folder: string) {
  return 100 * (yield* evaluateBenchmark({ data: yield* openBenchmark(folder) })).metrics["acc1"]!.value
})

/** Scores a CLIP as its authors score it (class token alone). */
export const scoreInStudy = Effect.fnUntraced(function* (
  on: ScoredOn,
  clip: string,
): Effect.fn.Return<Scored, WorldError, Gpu | EvaluationEvents | Scope.Scope> {
  const model = yield* openClipModel({ path: clip, base: on.base })
  const scored = Effect.gen(function* () {
    const found: Scored = {
      scores: {
        confused: yield* pairsSolved(on.confused),
        control: yield* pairsSolved(on.control),
        objects: yield* accuracy(classFolder(on.classes, "objects")),
        colours: yield* accuracy(classFolder(on.classes, "colours")),
      },
      vectors: yield* alignmentVectors(yield* openMmvp(on.control)),
    }
    return found
  })
  return yield* withClip(model)(scored)
})

/** Mean cosine of pictures' vectors before and after. */
export const driftBetween = (before: AlignmentVectors, after: AlignmentVectors): number => {
  const [a, b] = sharedImages(before, after)
  const cosines = Array.from({ length: vectorCount(a) }, (_, i) => dot(vectorAt(a, i), vectorAt(b, i)))
  return cosines.reduce((sum, x) => sum + x, 0) / cosines.length
}
