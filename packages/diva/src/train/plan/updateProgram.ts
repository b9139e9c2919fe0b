import { type Spec, type Tensor, div, input, isSpec, isTensor, leavesOf, mapTree, sizeOf, zeros } from "@diva/tensor"
import type { SpecsOf } from "../../gpu/machineArray.ts"
import type { Trainable } from "../../objective/microStep.ts"
import {
  firstOptimizer,
  update,
  type OptimizerState,
  type Sums,
  type UpdateInputs,
  type UpdateOptions,
  type UpdateOutputs,
} from "../../objective/update.ts"
import { lossCount, microBatches, microStepSpecs, type PlannedConfig } from "./microProgram.ts"

/** Numbers in a tree of specs. */
export const leavesCount = (tree: unknown): number =>
  leavesOf(tree, isSpec).reduce((count, { leaf: { shape } }) => count + sizeOf(shape), 0)

const optionsOf = ({ method: { switches }, optimisation }: PlannedConfig): UpdateOptions => ({
  clipNorm: switches.clipNorm,
  projectionRate: switches.projectionRate,
  projectionWarmup: switches.projectionWarmup,
  optimizer: optimisation.optimizer,
})

/** Partial sums of an update. */
export const partialsOf = ({ partials = 1 }: PlannedConfig): number => partials

const emptySums = (config: PlannedConfig, trainable: Trainable): readonly Sums[] =>
  Array.from({ length: partialsOf(config) }, () => ({
    gradientSum: mapTree(trainable, isTensor, ({ shape }) => zeros(shape)) as Trainable,
    lossSum: zeros([lossCount(config)]),
  }))

/** Everything on the machine besides parameters before a run's first update: the optimizer's state, and sums of nothing. */
export const startProgram =
  (config: PlannedConfig) =>
  ({ trainable }: { readonly trainable: Trainable }) => ({
    optimizer: firstOptimizer(trainable, zeros([]), optionsOf(config)),
    sums: emptySums(config, trainable),
  })

/** Only the sums of nothing, for a run that is resumed. */
export const sumsProgram =
  (config: PlannedConfig) =>
  ({ trainable }: { readonly trainable: Trainable }) => ({ sums: emptySums(config, trainable) })

const asInputs = <T>(specs: SpecsOf<T>): T => mapTree(specs, isSpec, (spec, path): Tensor => input(spec, path)) as T

const specsIn = (tree: unknown): unknown => mapTree(tree, isTensor, ({ shape, dtype }): Spec => ({ shape, dtype }))

/** Shapes of the optimizer's state. */
export const optimizerSpecs = (config: PlannedConfig): SpecsOf<OptimizerState> =>
  specsIn(
    firstOptimizer(asInputs<Trainable>(microStepSpecs(config).trainable), zeros([]), optionsOf(config)),
  ) as SpecsOf<OptimizerState>

/** Moves the parameters by the sums' gradient, and gives the mean of losses and penalties. */
export const updateProgram =
  (config: PlannedConfig) =>
  (inputs: UpdateInputs): UpdateOutputs => {
    const { losses, ...moved } = update(inputs, optionsOf(config))
    return { ...moved, losses: div(losses, microBatches(config)) }
  }

/** Bytes that wait on the machine while a micro-step runs: the optimizer's state, and all partial sums but one. */
export const waitingBytes = (config: PlannedConfig): number => {
  const { gradientSum, lossSum } = microStepSpecs(config)
  return 4 * (leavesCount(optimizerSpecs(config)) + (partialsOf(config) - 1) * leavesCount({ gradientSum, lossSum }))
}
