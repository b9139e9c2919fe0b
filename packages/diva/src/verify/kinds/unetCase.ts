import { parseUnet, unet, unetParameters, type UnetConfig } from "@diva/models"
import { Effect } from "effect"
import { fromEither } from "../../fromEither.ts"
import { configIn } from "../configBounds.ts"
import { configHas } from "../documentFields.ts"
import { runForwardCase, type ForwardModel } from "../forwardCase.ts"
import type { SupportedKind } from "../kind.ts"

const modelOf = (config: UnetConfig): ForwardModel => ({
  parameters: unetParameters(config),
  inputs: ["sample", "timestep", "encoder_hidden_states"],
  describe: (params, { sample, timestep, encoder_hidden_states: context }, observe) => ({
    sample: unet(config)(params, sample!, timestep!, context!, { observe }),
  }),
})

/** Stable Diffusion's denoiser. */
export const unetCase: SupportedKind = {
  name: "SD UNet",
  multiplies: true,
  accepts: (document) => configHas(document, "cross_attention_dim"),
  run: (found) =>
    Effect.gen(function* () {
      const config = yield* fromEither(parseUnet(yield* configIn(found, "config")))
      return yield* runForwardCase(found, modelOf(config))
    }),
}
