import { parseSdText, sdTextEncoder, sdTextParameters, type TextConfig } from "@diva/models"
import type { Tensor } from "@diva/tensor"
import { Effect } from "effect"
import { fromEither } from "../../fromEither.ts"
import { configIn } from "../configBounds.ts"
import { configHas } from "../documentFields.ts"
import { runForwardCase, type ForwardModel } from "../forwardCase.ts"
import type { SupportedKind } from "../kind.ts"

/** The reference's list of hidden states: the embeddings, then each block's output. */
const stateName = (module: string): string | undefined => {
  if (module === "embeddings") return "hidden_states.0"
  const block = /^text_model\.encoder\.layers\.(\d+)$/.exec(module)?.[1]
  return block === undefined ? undefined : `hidden_states.${Number(block) + 1}`
}

const modelOf = (config: TextConfig): ForwardModel => ({
  parameters: sdTextParameters(config),
  ignorable: ["position_ids"],
  inputs: ["ids"],
  describe: (params, { ids }, observe) => {
    const states: Record<string, Tensor> = {}
    const last = sdTextEncoder(config)(params, ids!, {
      observe: (module, value) => {
        observe(module, value)
        const name = stateName(module)
        if (name !== undefined) states[name] = value
      },
    })
    return { ...states, last_hidden_state: last }
  },
})

/** Stable Diffusion's text encoder. */
export const sdText: SupportedKind = {
  name: "SD text encoder",
  multiplies: true,
  accepts: (document) => configHas(document, "hidden_size") || configHas(document, "num_hidden_layers"),
  run: (found) =>
    Effect.gen(function* () {
      const config = yield* fromEither(parseSdText(yield* configIn(found, "config")))
      return yield* runForwardCase(found, modelOf(config))
    }),
}
