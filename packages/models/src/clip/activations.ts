import type { Tensor } from "@diva/tensor"
import type { Observe } from "../layers/layer.ts"
import { raiseModelError } from "../modelError.ts"
import { nearestName } from "../params/nearestName.ts"

/** What a description gives, and the activations asked for by module name. */
export interface WithActivations<A> {
  readonly result: A
  readonly activations: Readonly<Record<string, Tensor>>
}

const unknownModule = (name: string, computed: readonly string[]): never => {
  const nearest = nearestName(name, computed)
  return raiseModelError({
    _tag: "ConfigInvalid",
    model: "activationsOf",
    field: name,
    rule: "there is no module with this name",
    remedy: nearest === undefined ? `modules are ${computed.slice(0, 8).join(", ")} …` : `did you mean ${nearest}?`,
  })
}

/**
 * Describes a model and keeps the activations of some of its modules, under the reference's names and in its layout
 * (blocks of CLIP's transformers: [tokens, batch, width]; of timm's and transformers': [batch, tokens, width]).
 * Throws `ConfigInvalid` for a module that the model does not compute.
 *
 *   activationsOf(["visual.transformer.resblocks.22"], (observe) => clipVisionTower(config)(params, images, { observe }))
 */
export const activationsOf = <A>(modules: readonly string[], describe: (observe: Observe) => A): WithActivations<A> => {
  const seen = new Map<string, Tensor>()
  const result = describe((name, value) => void seen.set(name, value))
  const kept = modules.map((name) => [name, seen.get(name) ?? unknownModule(name, [...seen.keys()])] as const)
  return { result, activations: Object.fromEntries(kept) }
}
