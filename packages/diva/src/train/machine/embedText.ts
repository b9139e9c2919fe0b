import { Effect } from "effect"
import type { HostArray, Tensor } from "@diva/tensor"
import type { Params } from "@diva/models"
import { Gpu } from "../../gpu/gpu.ts"
import { putWeights } from "../../weights/putWeights.ts"
import { specTree } from "../../weights/specTree.ts"
import type { WeightsOf } from "../../weights/weightArray.ts"
import type { TrainConfig } from "../config/trainConfig.ts"

interface TextArguments {
  readonly text: Params
  readonly ids: Tensor
}

const idsOf = (ids: readonly number[]): HostArray => ({
  shape: [1, ids.length],
  dtype: "i32",
  data: Int32Array.from(ids),
})

/**
 * The constant text embedding, f32 [1, positions, contextWidth]: the prompt never changes, so it is computed once and the
 * text encoder's memory is given back.
 */
export const embedText = Effect.fn("embedText")(function* ({ method, weights, promptIds }: TrainConfig) {
  const gpu = yield* Gpu
  const { prior } = method.models
  const args: WeightsOf<TextArguments> = {
    text: Object.fromEntries(prior.text.parameters.map(({ name }) => [name, weights.text.get(name)!])),
    ids: idsOf(promptIds[method.switches.prompt]),
  }
  const embed = ({ text, ids }: TextArguments) => ({ embedding: prior.text.hidden(text, ids) })
  const program = yield* gpu.compile(embed, specTree<TextArguments>(args), { name: "embedText" })
  const { embedding } = yield* Effect.flatMap(program.run(yield* putWeights<TextArguments>(args)), gpu.read)
  return embedding
}, Effect.scoped)
