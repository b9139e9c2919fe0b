import { defaultExecution, type Execution, type Recomputed } from "../../objective/execution.ts"

/** Images and draws that go through the UNet together. */
type Together = Pick<Execution, "images" | "draws">

/** Half as many images, and half as many draws once it is one image. */
const halved = ({ images, draws }: Together): Together =>
  images > 1 ? { images: Math.ceil(images / 2), draws } : { images, draws: Math.ceil(draws / 2) }

/** From all together to one draw of one image at a time. */
const partings = (whole: Together): readonly Together[] =>
  whole.images === 1 && whole.draws === 1 ? [whole] : [whole, ...partings(halved(whole))]

const recomputations: readonly (readonly Recomputed[])[] = [[], ["imageTower"], ["unet"], ["imageTower", "unet"]]

/**
 * What is added to a step's time, in hundredths, about: by each halving of what goes through the UNet together (weights are
 * transformed and staged once more), and by computing a model's forward pass again. From arithmetic counted by plans of OpenAI's
 * ViT-L-14 with SD-2-1-base, whose own figures matter less than their order.
 */
const cost = { halving: 8, imageTower: 2, unet: 20 } as const

const costOf = (halvings: number, recompute: readonly Recomputed[]): number =>
  recompute.reduce((sum, model) => sum + cost[model], cost.halving * halvings)

/** Executions of a micro-step from the fastest to the slowest, which takes the least memory; at most `latents` go together. */
export const executionsByTime = (batch: number, trainSteps: number, latents?: number): readonly Execution[] =>
  partings(defaultExecution(batch, trainSteps, latents))
    .flatMap((together, halvings) =>
      recomputations.map((recompute) => ({
        execution: { images: together.images, draws: together.draws, recompute },
        cost: costOf(halvings, recompute),
      })),
    )
    .toSorted((a, b) => a.cost - b.cost)
    .map(({ execution }) => execution)
