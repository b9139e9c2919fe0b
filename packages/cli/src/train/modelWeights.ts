import { statSync } from "node:fs"
import { join } from "node:path"
import { initialProjection, type DivaModels, type ModelWeights } from "@diva/diva"
import { currentVaeName } from "@diva/models"
import type { HostArray } from "@diva/tensor"
import { Effect } from "effect"
import { arraysUnder, readCaseFile } from "../verify/caseTensors.ts"
import type { TrainSettings } from "./settings.ts"

type Named = ModelWeights["clip"]

/** Every tensor of a safetensors file whose name begins with `prefix`, in f32, under its name without it. */
const readTensors = (file: string, prefix = "") =>
  Effect.map(
    Effect.flatMap(readCaseFile(file), (found) => arraysUnder(found, prefix)),
    (arrays): Named => new Map(Object.entries(arrays)),
  )

const mapNames = (arrays: Named, rename: (name: string) => string | undefined): Named =>
  new Map(
    [...arrays].flatMap(([name, array]): readonly (readonly [string, HostArray])[] => {
      const renamed = rename(name)
      return renamed === undefined ? [] : [[renamed, array]]
    }),
  )

/** The encoder's half, under current names: the method never decodes. */
const encoderName = (name: string): string | undefined =>
  /^(encoder|quant_conv)\./.test(name) ? currentVaeName(name) : undefined

/** Published text encoders carry a table of positions 0 … 76 that is no parameter. */
const textName = (name: string): string | undefined => (name.endsWith("position_ids") ? undefined : name)

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const diffusionPart = (path: string, part: string, file: string) =>
  isFolder(path) ? readTensors(join(path, part, file)) : readTensors(path, `${part}.`)

const diffusionFile = "diffusion_pytorch_model.safetensors"

/**
 * Reads the weights of every model of a run; the projection of visual tokens, which no checkpoint holds, is drawn from the
 * seed. Errors: errors of safetensors files. Names are compared with the models' when the run starts.
 */
export const readModelWeights = Effect.fn("readModelWeights")(function* (settings: TrainSettings, models: DivaModels) {
  const { clip, sd, seed } = settings
  const weights: ModelWeights = {
    clip: yield* readTensors(clip),
    visualProjection: initialProjection(models, seed),
    unet: yield* diffusionPart(sd, "unet", diffusionFile),
    vae: mapNames(yield* diffusionPart(sd, "vae", diffusionFile), encoderName),
    text: mapNames(yield* diffusionPart(sd, "text_encoder", "model.safetensors"), textName),
  }
  return weights
})
