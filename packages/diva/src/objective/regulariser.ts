import { add, concat, mean, mul, square, sub, sum, type Tensor } from "@diva/tensor"
import type { Params } from "@diva/models"
import { from0, requireNumber } from "../requireNumber.ts"
import type { ImageFeatures } from "../condition/condition.ts"

/** What a penalty may be made of. */
export interface RegulariserInputs {
  /** The image tower's parameters and what it gives for the micro-batch's images. */
  readonly params: Params
  readonly features: ImageFeatures
  /** The same of the tower the run began with; only for regularisers that say they read it. */
  readonly initial: { readonly params: Params; readonly features: ImageFeatures }
}

/** A penalty that joins the loss: f32[], the mean over a micro-batch's images where it depends on them. */
export interface Regulariser {
  /** Its name in manifests and logs. */
  readonly title: string
  /** Whether the tower the run began with is kept on the machine for it. */
  readonly readsInitial: boolean
  readonly penalty: (inputs: RegulariserInputs) => Tensor
}

const tokensOf = ({ global, patches }: ImageFeatures): Tensor => concat([global, patches], 1)

/** weight · mean (F − F₀)² over all tokens: features stay near those of the tower the run began with. */
export const featureDistance = (weight: number): Regulariser => {
  requireNumber("featureDistance", "weight", weight, from0)
  return {
    title: `featureDistance(${weight})`,
    readsInitial: true,
    penalty: ({ features, initial }) => mul(mean(square(sub(tokensOf(features), tokensOf(initial.features)))), weight),
  }
}

/** weight · Σ (θ − θ₀)²: parameters stay near where the run began. */
export const parameterDistance = (weight: number): Regulariser => {
  requireNumber("parameterDistance", "weight", weight, from0)
  return {
    title: `parameterDistance(${weight})`,
    readsInitial: true,
    penalty: ({ params, initial }) =>
      mul(
        Object.entries(params)
          .map(([name, value]) => sum(square(sub(value, initial.params[name]!))))
          .reduce((total, more) => add(total, more)),
        weight,
      ),
  }
}
