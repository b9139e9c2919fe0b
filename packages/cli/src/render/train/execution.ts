import type { Execution } from "@diva/diva"

const together = (count: number, thing: string): string =>
  count === 1 ? `one ${thing} at a time` : `${count} ${thing}s together`

const recomputed = { imageTower: "the image tower", unet: "the UNet" } as const

/** How a micro-step is computed, in words: `one image at a time, 2 draws together`. */
export const renderExecution = ({ images, draws, recompute }: Execution): string =>
  [
    `${together(images, "image")}, ${together(draws, "draw")}`,
    ...(recompute.length === 0
      ? []
      : [`${recompute.map((model) => recomputed[model]).join(" and ")} computed again in reverse mode`]),
  ].join(", ")
