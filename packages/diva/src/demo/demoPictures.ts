import type { WeightsError } from "@diva/models"
import { Effect, type Scope } from "effect"
import type { Shards } from "../data/index.ts"
import type { Training } from "../experiment/trainingOf.ts"
import type { Gpu } from "../gpu/gpu.ts"
import { missingDecoder, pictureObserver } from "../pictures/index.ts"
import { runFiles } from "../run/runFiles.ts"
import { readDecoder } from "../sources/readWeights.ts"
import type { Events } from "../train/observe/events.ts"
import type { Observer } from "../train/observe/observer.ts"
import type { TrainError } from "../train/trainError.ts"
import type { WorldFiles } from "../world/shippedWorld.ts"

/** Scenes of which pictures are made. */
const pictured = 4

/** Makes pictures of what the diffusion model makes of the first scenes, before and after; none where it has no decoder. */
export const demoPictures: (
  world: WorldFiles,
  training: Training,
  folder: string,
) => Effect.Effect<readonly Observer<TrainError, Gpu | Shards | Events>[], WeightsError, Scope.Scope> =
  Effect.fnUntraced(function* (world, training, folder) {
    const { method, imageSize, seed, optimisation, configs } = training
    const decoder = yield* readDecoder(world.diffusion)
    if (missingDecoder(configs.vae, decoder).length > 0) return []
    const { vae } = configs
    const every = optimisation.updates
    return [
      pictureObserver({
        folder: runFiles(folder).pictures,
        count: pictured,
        every,
        method,
        imageSize,
        vae,
        decoder,
        seed,
      }),
    ]
  })
