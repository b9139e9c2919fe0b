import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseSdText, parseUnet, sdTextParameters, unetParameters } from "@diva/models"
import { fromEither } from "../../src/fromEither.ts"
import { readDenoising } from "../../src/pretrain/index.ts"
import { worldModels } from "../../src/world/worldModels.ts"

const shipped = fileURLToPath(new URL("../../world/diffusion", import.meta.url))

it.effect(
  "a folder in diffusers' layout gives the weights of its UNet and its text encoder under a pre-training's names",
  () =>
    Effect.gen(function* () {
      const unet = unetParameters(yield* fromEither(parseUnet(worldModels.unet)))
      const text = sdTextParameters(yield* fromEither(parseSdText(worldModels.text_encoder)))
      const wanted = [...unet.map(({ name }) => `unet.${name}`), ...text.map(({ name }) => `text_encoder.${name}`)]
      assert.deepStrictEqual([...(yield* readDenoising(shipped)).keys()].toSorted(), wanted.toSorted())
    }),
)

it.effect("any other folder gives what it holds", () =>
  Effect.map(readDenoising(path.join(shipped, "unet")), (weights) => assert.isTrue(weights.has("conv_in.weight"))),
)
