import { parseVae, vaeDecoder, vaeEncoder, vaeParameters, type VaeConfig } from "@diva/models"
import { clamp } from "@diva/tensor"
import { Effect } from "effect"
import { fromEither } from "../../fromEither.ts"
import { configIn } from "../configBounds.ts"
import { configHas } from "../documentFields.ts"
import { runForwardCase, type ForwardModel } from "../forwardCase.ts"
import type { SupportedKind } from "../kind.ts"

const modelOf = (config: VaeConfig): ForwardModel => ({
  parameters: vaeParameters(config),
  inputs: ["image"],
  describe: (params, { image, latent }, observe) => {
    const { mean, logVariance, moments } = vaeEncoder(config)(params, image!, { observe })
    return {
      moments,
      mean,
      logvar_clamped: clamp(logVariance, -30, 20),
      mode: mean,
      ...(latent === undefined ? {} : { decode: vaeDecoder(config)(params, latent, { observe }) }),
    }
  },
})

/** Stable Diffusion's autoencoder. */
export const vaeCase: SupportedKind = {
  name: "SD VAE",
  multiplies: true,
  accepts: (document) => configHas(document, "latent_channels"),
  run: (found) =>
    Effect.gen(function* () {
      const config = yield* fromEither(parseVae(yield* configIn(found, "config")))
      return yield* runForwardCase(found, modelOf(config))
    }),
}
