import type { Tensor } from "../graph.ts"
import type { Group } from "../plan/fusion.ts"
import { convolutionKernel } from "./convolution.ts"
import { convolutionInputKernel } from "./convolutionInput.ts"
import { convolutionShared } from "./convolutionShared.ts"
import { convolutionWeightKernel } from "./convolutionWeight.ts"
import { convolutionCorrelation, gradientCorrelation } from "./correlation.ts"
import { correlationKernels } from "./correlationKernels.ts"
import type { Kernel, KernelLimits } from "./kernel.ts"
import { tapProduct } from "./tapProduct.ts"

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
