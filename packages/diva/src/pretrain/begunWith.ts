import { Effect } from "effect"
import { ConfigInvalid } from "../files/configInvalid.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"
import type { Begun, Pretraining } from "./pretraining.ts"

const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join()

const noneFits = (model: NamedArrays, from: NamedArrays): ConfigInvalid => {
  const [name] = model.keys()
  return new ConfigInvalid({
    field: "from",
    rule: `of its ${from.size} tensors none has the name and shape of one of the model's ${model.size}, such as ${name} [${model.get(name!)!.shape.join(", ")}]`,
    remedy: "give weights of a model of this kind and of the same sizes, or leave --from out to begin with random ones",
  })
}

/**
 * A pre-training that begins with weights where their names and shapes are the model's, with how many those are. Errors: `ConfigInvalid`
 * where none is.
 */
export const begunWith = <Frozen>(
  pretraining: Pretraining<Frozen>,
  from: NamedArrays | undefined,
): Effect.Effect<Pretraining<Frozen>, ConfigInvalid> => {
  if (from === undefined) return Effect.succeed(pretraining)
  const { parameters } = pretraining
  const fitting = (name: string) => {
    const [first, given] = [parameters.get(name), from.get(name)]
    return first !== undefined && given !== undefined && sameShape(first.shape, given.shape) ? given : undefined
  }
  const begun: Begun = {
    taken: [...parameters.keys()].filter((name) => fitting(name) !== undefined).length,
    fresh: [...parameters.keys()].filter((name) => fitting(name) === undefined),
    unused: [...from.keys()].filter((name) => fitting(name) === undefined),
  }
  if (begun.taken === 0) return Effect.fail(noneFits(parameters, from))
  const first = new Map([...parameters].map(([name, array]) => [name, fitting(name) ?? array]))
  return Effect.succeed({ ...pretraining, parameters: first, begun })
}
