import type { PromptIds } from "./trainConfig.ts"

const positions = 77

const padded = (ids: readonly number[]): readonly number[] => [
  ...ids,
  ...new Array<number>(positions - ids.length).fill(0),
]

const [start, end] = [49_406, 49_407]

/**
 * The constant prompts in Stable Diffusion 2's vocabulary, padded with "!" (id 0) to 77 ids. The template is what is left
 * of "a photo of a {class}." for an empty class name.
 */
export const stableDiffusionPrompts: PromptIds = {
  template: padded([start, 320, 1125, 539, 320, 269, end]),
  empty: padded([start, end]),
}
