import type { CostModel } from "../adapter/costModel.ts"
import type { KernelFacts } from "../adapter/kernelFacts.ts"
import { modelFor } from "../adapter/models.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Choose } from "../kernels/way/choice.ts"
import { exactPolicy, type PrecisionPolicy } from "../precision/precision.ts"

/** What planning depends on beside the program, each apart from the others. */
export interface Planning {
  /** What the adapter has. */
  readonly facts: KernelFacts
  /** How fast adapters of its class are. */
  readonly model: CostModel
  /** What the program's results may be computed with. */
  readonly policy: PrecisionPolicy
  /** What was measured: picks one of a decision's choices. Absent: the cost model's pick. */
  readonly choose?: Choose
  /** Whether an input is the same in most runs, so that what follows from it alone is computed once. Absent: none is. */
  readonly isFrozen?: (input: Tensor) => boolean
}

/** What a program is planned for: a device's planning, or the facts of an adapter alone. */
export type PlanFor = KernelFacts | Planning

/** Facts alone are planned for by the model of their class, with exact arithmetic and nothing measured. */
export const planningFor = (adapter: PlanFor, given: Partial<Planning> = {}): Planning => ({
  ...("facts" in adapter ? adapter : { facts: adapter, model: modelFor(adapter), policy: exactPolicy }),
  ...given,
})
