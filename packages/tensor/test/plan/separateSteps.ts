import type { PlanStep } from "../../src/plan/plan.ts"

/** Every step, those as well that share a launch with others. */
export const separateSteps = (steps: readonly PlanStep[]): readonly PlanStep[] =>
  steps.flatMap((step) => step.together ?? [step])
