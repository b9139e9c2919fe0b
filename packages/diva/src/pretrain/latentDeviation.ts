import { mean, square } from "@diva/tensor"
import { vaeEncoder, type Params, type VaeConfig } from "@diva/models"
import { Effect } from "effect"
import type { Tensor } from "@diva/tensor"
import { Gpu } from "../gpu/gpu.ts"
import { packPixels } from "../objective/pixels.ts"
import { openBatches } from "../train/batches.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"
import { specTree } from "../weights/specTree.ts"
import type { WeightsOf } from "../weights/weightArray.ts"
import { signedPixels } from "./autoencoder.ts"
import { doing } from "../doing.ts"

const [batches, batchSize] = [8, 16] as const

interface Arguments {
  readonly params: Params
  readonly pixels: Tensor
}

/**
 * Standard deviation of a VAE's latents about zero, over pictures of the shards: what latents are divided by before diffusion.
 * Source: Rombach et al. 2022, section G.
 */
export const latentDeviation = Effect.fn("latentDeviation")(function* (
  vae: VaeConfig,
  weights: NamedArrays,
  imageSize: number,
) {
  const gpu = yield* Gpu
  const next = yield* openBatches({ epoch: 0, position: 0 }, batchSize)
  const encoder = Object.fromEntries([...weights].filter(([name]) => /^(encoder|quant_conv)\./.test(name)))
  const arguments_ = (images: Uint8Array<ArrayBuffer>) =>
    ({ params: encoder, pixels: packPixels(images, batchSize, imageSize) }) as unknown as WeightsOf<Arguments>
  const blank = new Uint8Array(batchSize * imageSize * imageSize * 3)
  const squares = yield* gpu.compile(
    ({ params, pixels }: Arguments) => mean(square(vaeEncoder(vae)(params, signedPixels(pixels, imageSize)).mean)),
    specTree<Arguments>(arguments_(blank)),
    { name: "latent deviation" },
  )
  let sum = 0
  for (let i = 0; i < batches; i++) {
    yield* doing("measuring latents, batch by batch", i, batches)
    const batch = yield* next
    const put = yield* gpu.put(arguments_(batch.images) as never)
    const read = yield* gpu.read(yield* squares.run(put as never))
    sum += (read as { readonly data: ArrayLike<number> }).data[0]!
  }
  return Math.sqrt(sum / batches)
}, Effect.scoped)
