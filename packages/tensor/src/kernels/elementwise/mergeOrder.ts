import { statement, wgsl } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import { lines, operandOf } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import { positionFunction, positionParams } from "../emit/position.ts"
import type { Site } from "../way/way.ts"

const workgroupSize = 64

// Whole numbers in the order of the elements, whatever compilers make of comparisons with NaN: both zeros are 0, NaN is the largest.
const keyFunctions: Readonly<Record<string, string>> = {
  f32: `fn merge_key(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  let key = select(bits, -(bits & 0x7fffffff), bits < 0);
  return select(0x7fffffff, key, (key >= -0x7f800000) & (key <= 0x7f800000));
}`,
  i32: "fn merge_key(x: i32) -> i32 { return x; }",
  u32: "fn merge_key(x: u32) -> i32 { return bitcast<i32>(x ^ 0x80000000u); }",
}

const rightFirst = (descending: boolean): string =>
  statement`fn right_first(left: u32, right: u32) -> bool { return key_at(right) ${descending ? wgsl`>` : wgsl`<`} key_at(left); }`

// The split of the first elements between both runs is found by halving: each invocation finds its own element.
const main = lines(
  statement`let i = group * ${workgroupSize}u + lane;`,
  "if (i >= params.size) { return; }",
  "let line = i - i % params.length;",
  "let start = i - (i - line) % (2u * params.width);",
  "let end = line + params.length;",
  "let middle = min(start + params.width, end);",
  "let left = middle - start;",
  "let right = min(middle + params.width, end) - middle;",
  "let count = i - start;",
  "var low = select(0u, count - right, count > right);",
  "var high = min(count, left);",
  "while (low < high) {",
  "let midway = (low + high) / 2u;",
  "if (right_first(start + midway, middle + (count - 1u - midway))) { high = midway; } else { low = midway + 1u; }",
  "}",
  "let other = count - low;",
  "var source = middle + other;",
  "if (low < left) { if (other >= right) { source = start + low; } else if (!right_first(start + low, middle + other)) { source = start + low; } }",
  "store_out(i, finish(i, place_at(source)));",
)

/**
 * Each element of the result finds by halving which elements of its two runs go before it: a stable merge, the same whatever the
 * order of invocations.
 */
export const mergeKernel = ({ group, bindings }: Site): readonly Kernel[] => {
  const merge = group.anchor!
  const [values, places] = merge.inputs as readonly [Tensor, Tensor]
  const [x, order] = [operandOf(group, bindings, values), operandOf(group, bindings, places)]
  const length = merge.shape.at(-1)!
  const { code, functions } = finishFunction(group, bindings)
  const reading = lines(
    positionFunction("x", values.shape.length),
    positionFunction("order", places.shape.length),
    keyFunctions[values.dtype]!,
    `fn place_at(i: u32) -> i32 { return clamp(${order.load}(position_order(i)), 0, i32(params.length) - 1); }`,
    `fn key_at(i: u32) -> i32 { return merge_key(${x.load}(position_x(i - i % params.length + u32(place_at(i))))); }`,
    rightFirst(merge.attributes["descending"] === true),
  )
  return [
    assembleKernel({
      label: labelOf(group),
      family: "mergeOrder",
      bindings: bindings.entries,
      params: {
        size: sizeOf(merge.shape),
        length,
        width: merge.attributes["width"] as number,
        ...positionParams("x", x.view),
        ...positionParams("order", order.view),
      },
      functions: [...functions, reading],
      code,
      elements: sizeOf(merge.shape),
      workgroupSize,
      main,
      workgroups: Math.ceil(sizeOf(merge.shape) / workgroupSize),
    }),
  ]
}
