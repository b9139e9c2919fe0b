import { applyOp, exp, mul, sum, zeros, type Op, type Tensor } from "@diva/tensor"

const like = (changes: Partial<Op>): ((x: Tensor) => Tensor) => {
  const op: Op = { ...(exp(zeros([])).op as unknown as Op), ...changes }
  return (x) => applyOp(op, [x], {})
}

/** e^x without a derivative. */
export const opaque = like({ name: "opaque", vjp: { none: "has no derivative, for a test" } })

/** e^x whose rule forgets the shape of x. */
export const misshapen = like({ name: "misshapen", vjp: ({ cotangent }) => [sum(cotangent)] })

/** e^x whose rule is wrong by a factor. */
export const offByFactor = (factor: number): ((x: Tensor) => Tensor) =>
  like({ name: "offByFactor", vjp: ({ output, cotangent }) => [mul(mul(output, cotangent), factor)] })

/** e^x whose gradient is right, and the gradient of its gradient is not: the rule holds e^x constant. */
export const wrongAtSecondOrder = like({
  name: "wrongAtSecondOrder",
  vjp: ({ inputs: [x], cotangent }) => [mul(cotangent, frozenExp(x!))],
})

const frozenExp = like({ name: "frozenExp", vjp: ({ inputs }) => inputs.map(() => null) })
