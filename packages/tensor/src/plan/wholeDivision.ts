import type { KernelFacts } from "../adapter/kernelFacts.ts"
import { wgsl } from "../codegen/expression.ts"
import { isFloating } from "../dtype/dtype.ts"
import type { Tensor } from "../graph/tensor.ts"
import { divOp } from "../ops/div.ts"
import { rewrite } from "./normalise.ts"
import { fillValue } from "./simplify.ts"

/**
 * WGSL `divide_f32`: x / y for all y. WGSL promises division for divisors of 2⁻¹²⁶ to 2¹²⁶ only: GPUs multiply by an inverse, and those of
 * larger ones vanish, so such divisors are made smaller first. Compilers take x / x for 1: what is NaN is told by bits.
 */
const divideFunction = `fn divide_f32(x: f32, y: f32) -> f32 {
  let a = bitcast<u32>(x) & 0x7fffffffu;
  let b = bitcast<u32>(y) & 0x7fffffffu;
  let part = select(1.0f, 0.25f, b > 0x7e000000u);
  let none = (max(a, b) > 0x7f800000u) | ((a == b) & ((a == 0u) | (a == 0x7f800000u)));
  return select(x / (y * part) * part, nan_value(), none);
}
`

const wholeDivOp = {
  ...divOp,
  lowering: {
    kind: "pointwise",
    wgsl: ([x, y]) => wgsl`divide_f32(${x!}, ${y!})`,
    functions: [divideFunction],
  },
} satisfies typeof divOp

// Numbers written down mostly divide as they are.
const isPlain = (divisor: number | null): boolean =>
  divisor !== null && Math.abs(divisor) >= 2 ** -126 && Math.abs(divisor) <= 2 ** 125

/** The same graph in which every quotient is right, on adapters that promise no more than WGSL does. Processors divide. */
export const withWholeDivision = (roots: readonly Tensor[], { isSoftware = false }: KernelFacts): readonly Tensor[] =>
  isSoftware
    ? roots
    : rewrite(roots, (tensor) =>
        tensor.op.name === divOp.name && isFloating(tensor.dtype) && !isPlain(fillValue(tensor.inputs[1]!))
          ? { ...tensor, op: wholeDivOp as unknown as Tensor["op"] }
          : tensor,
      )
