import type { TrainConfig } from "../../src/train/config/trainConfig.ts"
import type { NamedArrays } from "../../src/weights/namedArrays.ts"
import { adapterConfig, testAgreement } from "./onAdapter.ts"
import { testResumed } from "./resumedRun.ts"
import { tinyConfig } from "./tinyRun.ts"

const half = (arrays: NamedArrays): NamedArrays =>
  new Map([...arrays].map(([name, { shape, data }]) => [name, { shape, dtype: "f16", data: Float16Array.from(data) }]))

const { unet, vae, text } = tinyConfig.weights

const halfPrior: TrainConfig = {
  ...adapterConfig,
  weights: { ...tinyConfig.weights, unet: half(unet), vae: half(vae), text: half(text) },
}

testAgreement("f16", halfPrior)

testResumed([1, 2, 3])
