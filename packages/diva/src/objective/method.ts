import type { Condition } from "../condition/condition.ts"
import type { DivaModels } from "./divaModels.ts"
import type { Switches } from "./switches.ts"

/** The method as a value: models, how tokens become a condition, and which reading of the paper is meant. */
export interface Method {
  readonly models: DivaModels
  readonly condition: Condition
  readonly switches: Switches
  /** Micro-batches whose gradients make one update. */
  readonly accumulation: number
}
