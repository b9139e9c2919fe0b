import { add, clamp, div, floor, mul, type Tensor } from "@diva/tensor"
import { vaeDecoder, type Params, type VaeConfig } from "@diva/models"

/** Latents as a picture's bytes, as numbers: f32 [batch, 4, h, w] → [batch, 3, H, W] of whole 0 … 255. */
export const decodedPixels = (vae: VaeConfig, params: Params, latents: Tensor): Tensor => {
  const image = vaeDecoder(vae)(params, div(latents, vae.latentScale))
  return floor(add(mul(clamp(add(mul(image, 0.5), 0.5), 0, 1), 255), 0.5))
}
