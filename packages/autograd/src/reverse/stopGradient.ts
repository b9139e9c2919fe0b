import { stopGradient as constantToGradients, type Tensor } from "@diva/tensor"

/** x, as a constant to reverse mode: no gradient flows through it, and ops below it need no rule. x: [...s] → [...s]. */
export const stopGradient: (x: Tensor) => Tensor = constantToGradients
