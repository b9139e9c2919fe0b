import { forward, inputGradient, weightGradient, type Gathering } from "./gathered.ts"
import { forwardProblem, inputProblem, weightProblem, type ImageProblem, type WeightProblem } from "./problem.ts"

/** A convolution, and its gradients, as matrix products. */
export const image: Gathering<ImageProblem> = { family: "conv2d", problem: forwardProblem, describe: forward }
export const imageGradient: Gathering<ImageProblem> = {
  family: "conv2dInput",
  problem: inputProblem,
  describe: inputGradient,
}
export const weights: Gathering<WeightProblem> = {
  family: "conv2dWeight",
  problem: weightProblem,
  describe: weightGradient,
}
