import type { Tensor } from "../../graph.ts"
import type { Group } from "../../plan/fusion.ts"
import { convolutionKernel } from "./registers.ts"
import { convolutionInputKernel } from "./registersInput.ts"
import { convolutionShared } from "./workgroup.ts"
import { convolutionWeightKernel } from "./registersWeight.ts"
import { convolutionCorrelation, gradientCorrelation } from "./textures/correlation.ts"
import { correlationKernels } from "./textures/ways.ts"
import type { Kernel, KernelLimits } from "../dispatch/kernel.ts"
import { tapProduct } from "./textures/tapProduct.ts"

type Kernels = (group: Group, limits: KernelLimits, inPlace: Tensor | null) => readonly Kernel[]

/** Convolution and its gradients: by what suits CPU drivers where that is the choice, else by register tiles. */
export const convolutionFamilies: Readonly<Record<string, Kernels>> = {
  conv2d: (group, limits, inPlace) =>
    correlationKernels(group, limits, inPlace, convolutionCorrelation) ??
    convolutionShared("conv2d", group, limits, inPlace) ??
    convolutionKernel(group, limits, inPlace),
  conv2dInput: (group, limits, inPlace) =>
    correlationKernels(group, limits, inPlace, gradientCorrelation) ??
    convolutionShared("conv2dInput", group, limits, inPlace) ??
    convolutionInputKernel(group, limits, inPlace),
  conv2dWeight: (group, limits, inPlace) =>
    tapProduct(group, limits, inPlace) ??
    convolutionShared("conv2dWeight", group, limits, inPlace) ??
    convolutionWeightKernel(group, limits, inPlace),
}
