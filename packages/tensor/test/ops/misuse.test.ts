import * as E from "fp-ts/lib/Either.js"
import { expect, it } from "vitest"
import { attempt } from "../../src/error.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import * as t from "../../src/ops/index.ts"

const x = t.zeros([2, 3])
const image = t.zeros([1, 4, 5, 5])

it.each<readonly [string, () => unknown, string]>([
  ["add of shapes that do not broadcast", () => t.add(x, t.zeros([2])), "ShapeMismatch"],
  ["add of two element types", () => t.add(x, t.zeros([2, 3], "i32")), "DTypeMismatch"],
  ["neg of unsigned numbers", () => t.neg(t.zeros([2], "u32")), "DTypeMismatch"],
  ["a plain array in place of a tensor", () => t.exp([1, 2] as unknown as Tensor), "InvalidData"],
  ["select by numbers", () => t.select(x, 1, 2), "DTypeMismatch"],
  ["select by no tensor", () => t.select(true as unknown as Tensor, 1, 2), "InvalidData"],
  ["reshape to another size", () => t.reshape(x, [4]), "ShapeMismatch"],
  ["permute with an axis twice", () => t.permute(x, [0, 0]), "InvalidAttribute"],
  ["expand of an axis that is not 1", () => t.expand(x, [2, 6]), "ShapeMismatch"],
  ["slice beyond the end", () => t.slice(x, { ends: [3] }), "InvalidAttribute"],
  ["slice by a negative step", () => t.slice(x, { steps: [-1] }), "InvalidAttribute"],
  ["sliceAxis of no axis", () => t.sliceAxis(x, 2, 0, 1), "InvalidAttribute"],
  ["pad by a negative width", () => t.pad(x, { low: [-1] }), "InvalidAttribute"],
  ["flip of no axis", () => t.flip(x, 5), "InvalidAttribute"],
  ["concat of nothing", () => t.concat([]), "ShapeMismatch"],
  ["concat of other widths", () => t.concat([x, t.zeros([2, 4])]), "ShapeMismatch"],
  ["split into parts that do not add up", () => t.split(x, [1, 1], 1), "InvalidAttribute"],
  ["split that leaves a rest", () => t.split(x, 2, 1), "InvalidAttribute"],
  ["squeeze of an axis that is not 1", () => t.squeeze(x, 0), "InvalidAttribute"],
  ["unsqueeze beyond the rank", () => t.unsqueeze(x, 4), "InvalidAttribute"],
  ["iota of no axis", () => t.iota([], 0), "InvalidAttribute"],
  ["a fractional shape", () => t.ones([1.5]), "InvalidAttribute"],
  ["sum of booleans", () => t.sum(t.greater(x, 0)), "DTypeMismatch"],
  ["sum over no axis", () => t.sum(x, { axis: 2 }), "InvalidAttribute"],
  ["sum over an axis twice", () => t.sum(x, { axis: [1, -1] }), "InvalidAttribute"],
  ["take by fractions", () => t.take(x, t.zeros([2])), "DTypeMismatch"],
  ["scatterAdd of other rows", () => t.scatterAdd(x, t.iota([3]), 4), "ShapeMismatch"],
  ["takeBatched of another batch", () => t.takeBatched(image, t.iota([2, 1])), "ShapeMismatch"],
  ["matmul of other widths", () => t.matmul(x, x), "ShapeMismatch"],
  ["matmul of integers", () => t.matmul(t.iota([2, 2]), t.iota([2, 2])), "DTypeMismatch"],
  ["linear of another width", () => t.linear(x, t.zeros([4, 5])), "ShapeMismatch"],
  ["conv2d of other channels", () => t.conv2d(image, t.zeros([8, 3, 3, 3])), "ShapeMismatch"],
  [
    "conv2d with groups that do not divide",
    () => t.conv2d(image, t.zeros([8, 1, 3, 3]), { groups: 3 }),
    "ShapeMismatch",
  ],
  ["conv2d of an image below the kernel", () => t.conv2d(image, t.zeros([8, 4, 7, 7])), "ShapeMismatch"],
  ["groupNorm with groups that do not divide", () => t.groupNorm(image, { groups: 3 }), "InvalidAttribute"],
  ["geglu of an odd width", () => t.geglu(x), "InvalidAttribute"],
  ["einsum without a result", () => t.einsum("ij", x), "InvalidAttribute"],
  ["einsum of a diagonal", () => t.einsum("ii->i", t.zeros([2, 2])), "InvalidAttribute"],
  ["einsum of extents that disagree", () => t.einsum("ij,ik->jk", x, t.zeros([3, 2])), "InvalidAttribute"],
  ["einsum of a letter from nowhere", () => t.einsum("ij->ik", x), "InvalidAttribute"],
  ["attention of other widths", () => t.attention(x, t.zeros([2, 4]), x), "ShapeMismatch"],
  ["resizeBilinear of no image", () => t.resizeBilinear(x, [2, 2]), "ShapeMismatch"],
  ["upsampleNearest2d of no image", () => t.upsampleNearest2d(x), "ShapeMismatch"],
  ["crossEntropy of one-hot rows", () => t.crossEntropy(x, t.zeros([2, 3], "i32")), "ShapeMismatch"],
  ["crossEntropy of labels that are no integers", () => t.crossEntropy(x, t.zeros([2])), "DTypeMismatch"],
  ["iota beyond what f16 counts", () => t.iota([2050], 0, "f16"), "InvalidAttribute"],
  ["argmax of no elements", () => t.argmax(t.zeros([2, 0])), "InvalidAttribute"],
  ["draws from something that is no key", () => t.uniform(t.zeros([3], "u32"), [2]), "ShapeMismatch"],
])("%s is refused by name", (_name, describeIt, tag) => {
  const result = attempt(describeIt)
  expect(E.isLeft(result) ? result.left._tag : "accepted").toBe(tag)
  const message = E.isLeft(result) ? result.left.message : ""
  expect(message).toMatch(/\n {2}try {2}\S/)
  // Axes are named, or those that disagree are marked; of a reshape only numbers of elements disagree.
  const saysWhere = /[[ ][a-z]+ \d|\^/.test(message) || /^ShapeMismatch in reshape|concat: [^\n]*\n {2}at/.test(message)
  expect(tag !== "ShapeMismatch" || saysWhere, message).toBe(true)
})

it.each<readonly [string, () => unknown, string]>([
  [
    "the inner axes of a product",
    () => t.matmul(t.zeros([4, 257, 1024]), t.zeros([768, 1024])),
    [
      "ShapeMismatch in matmul: the last axis of a and the last but one of b, which are summed over, must agree",
      "  a  f32[4, m 257, k 1024]",
      "                   ^^^^^^",
      "  b  f32[k 768, n 1024]",
      "         ^^^^^",
    ].join("\n"),
  ],
  ["what would fit", () => t.matmul(t.zeros([2, 1024]), t.zeros([768, 1024])), "try  transpose(b): [1024, 768] fits"],
  ["batches", () => t.matmul(t.zeros([2, 3, 4]), t.zeros([5, 4, 3])), "  a  f32[2, m 3, k 4]\n         ^"],
  ["vectors in a product", () => t.matmul(t.zeros([2]), t.zeros([2])), "both operands must be matrices"],
  ["a weight", () => t.linear(x, t.zeros([4, 5])), "  weight  f32[out 4, in 5]\n                     ^^^^"],
  ["an image", () => t.conv2d(image, t.zeros([8, 3, 3, 3])), "x  f32[batch 1, channels 4, height 5, width 5]"],
  [
    "operands that do not broadcast",
    () => t.add(x, t.zeros([2])),
    "  x  f32[2, 3]\n            ^\n  y  f32[2]\n         ^",
  ],
  ["parts to join", () => t.concat([x, t.zeros([2, 4])]), "  input 0  f32[2, 3]\n                  ^"],
  ["places and rows", () => t.scatterAdd(x, t.iota([3]), 4), "updates  f32[place 2, row 3]\n  indices  i32[place 3]"],
  ["batches of rows", () => t.takeBatched(image, t.iota([2, 1])), "x  f32[batch 1, n 4, row 5, row 5]"],
  ["vectors", () => t.dot(t.zeros([2]), t.zeros([3])), "  a  f32[n 2]\n  b  f32[n 3]"],
  ["places along an axis", () => t.takeAlongAxis(x, t.iota([3, 3]), 1), "  x  f32[2, 3]\n         ^"],
  ["an image to enlarge", () => t.upsampleNearest2d(x), "x  f32[height 2, width 3]"],
  ["attention", () => t.attention(x, t.zeros([2, 4]), x), "  q  f32[queries 2, width 3]\n  k  f32[keys 2, width 4]"],
])("an error names the axes that the op knows: %s", (_name, describeIt, text) => {
  expect(describeIt).toThrow(text)
})
