import type { Family, Site } from "../way/way.ts"
import {
  matrixHalf,
  matrixHalfInput,
  matrixHalfWeight,
  matrixSplit,
  matrixSplitInput,
  matrixSplitWeight,
} from "./matrix.ts"
import {
  convolutionKey,
  forwardProblem,
  inputProblem,
  weightProblem,
  type ImageProblem,
  type WeightProblem,
} from "./problem.ts"
import { packedHalf, packedHalfInput, packedSplit, packedSplitInput } from "./packed/ways.ts"
import { registers } from "./registers.ts"
import { registersInput } from "./registersInput.ts"
import { registersWeight } from "./registersWeight.ts"
import { split, splitInput, splitWeight } from "./split.ts"
import { convolutionCorrelation, gradientCorrelation, type Correlation } from "./textures/correlation.ts"
import { taps } from "./textures/tapProduct.ts"
import { implicit, winograd, type CorrelationProblem } from "./textures/ways.ts"
import { winogradForward, winogradInput } from "./winograd/ways.ts"
import { workgroup, workgroupInput, workgroupWeight } from "./workgroup.ts"

type WalkedProblem = ImageProblem & CorrelationProblem

const walked =
  (problemOf: (site: Site) => ImageProblem, correlationOf: (site: Site) => Correlation) =>
  (site: Site): WalkedProblem => {
    const problem = problemOf(site)
    const weightIsKept = site.isFrozen(problem.operands[1].base)
    return { ...problem, weightIsKept, correlation: problem.geometry.groups === 1 ? correlationOf(site) : null }
  }

/** y[n, o, p] = Σ c,k x[n, c, p·stride + k − pad]·w[o, c, k] with a tail. */
export const conv2d: Family<WalkedProblem> = {
  name: "conv2d",
  problem: walked(forwardProblem, convolutionCorrelation),
  key: convolutionKey,
  ways: [
    winograd,
    implicit,
    packedHalf,
    packedSplit,
    matrixHalf,
    matrixSplit,
    winogradForward,
    split,
    workgroup,
    registers,
  ],
}

/** Its gradient in the image. */
export const conv2dInput: Family<WalkedProblem> = {
  name: "conv2dInput",
  problem: walked(inputProblem, gradientCorrelation),
  key: convolutionKey,
  ways: [
    winograd,
    implicit,
    packedHalfInput,
    packedSplitInput,
    matrixHalfInput,
    matrixSplitInput,
    winogradInput,
    splitInput,
    workgroupInput,
    registersInput,
  ],
}

/** Its gradient in the weight. */
export const conv2dWeight: Family<WeightProblem> = {
  name: "conv2dWeight",
  problem: weightProblem,
  key: convolutionKey,
  ways: [taps, matrixHalfWeight, matrixSplitWeight, splitWeight, workgroupWeight, registersWeight],
}
