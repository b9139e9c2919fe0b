import {
  missingDecoder,
  pictureObserver,
  readDecoder,
  runFiles,
  type Events,
  type Gpu,
  type Observer,
  type Shards,
  type TrainError,
  type Training,
  type TrainSettings,
} from "@diva/diva"
import type { WeightsError } from "@diva/models"
import { Effect, type Scope } from "effect"
import { Screen } from "../screen/screen.ts"

/** Images of which pictures are made where nobody says, if they are small enough for that to cost next to nothing. */
const usual = { count: 4, imageSize: 128 } as const

const countOf = (settings: TrainSettings): number =>
  settings.pictures ?? (settings["image-size"] <= usual.imageSize ? usual.count : 0)

/** The observer that makes pictures, where a run is to have any and the VAE's weights can decode; people are told where not. */
export const pictureObservers = Effect.fn("pictureObservers")(function* (
  settings: TrainSettings,
  { method, imageSize, configs: { vae } }: Training,
  asJson: boolean,
): Effect.fn.Return<readonly Observer<TrainError, Gpu | Shards | Events>[], WeightsError, Screen | Scope.Scope> {
  const { sd, seed, out, "synthetic-weights": isRandom, "checkpoint-every": every } = settings
  const count = countOf(settings)
  if (count === 0 || isRandom || sd === undefined) return []
  const decoder = yield* readDecoder(sd)
  const [missing] = missingDecoder(vae, decoder)
  if (missing !== undefined) {
    if (!asJson)
      yield* (yield* Screen).note(`no pictures of what is predicted: ${sd} holds no decoder of the VAE (${missing})`)
    return []
  }
  return [pictureObserver({ folder: runFiles(out).pictures, count, every, method, imageSize, vae, decoder, seed })]
})
