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

/** The same prompts as Stable Diffusion 1 pads them: with the end of text, where 2 pads with "!", id 0. */
export const endPadded = ({ template, empty }: PromptIds): PromptIds => {
  const padded = (ids: readonly number[]): readonly number[] => {
    const last = ids.findIndex((id, i) => i > 0 && ids[i - 1] === end && id === 0)
    return last < 0 ? ids : ids.map((id, i) => (i >= last ? end : id))
  }
  return { template: padded(template), empty: padded(empty) }
}
