import { statement, wgsl } from "../../codegen/expression.ts"
import { viewPosition } from "../emit/operand.ts"
import { registerTile } from "./registerTile.ts"

/** The convolution: each pixel of the result sums over the window of the image that it sees. */
export const registers = registerTile({
  family: "conv2d",
  side: "out",
  names: { channel: "c", value: "x" },
  pixel: (j) => [
    statement`let p${j} = min(pixel + ${j}u, params.pixels - 1u);`,
    statement`let oy${j} = p${j} / params.out_w * params.stride_h;`,
    statement`let ox${j} = p${j} % params.out_w * params.stride_w;`,
  ],
  weight: (i, load) =>
    statement`let w${i} = ${load}(${viewPosition("w", "oihw", [wgsl`first_out + min(channel + ${i}u, params.group_out - 1u)`, "c", "ky", "kx"])});`,
  // Rows and columns outside the image wrap to huge numbers, so one comparison covers both sides of the padding.
  value: (j, load) => [
    statement`let iy${j} = oy${j} + ky - params.pad_h;`,
    statement`let ix${j} = ox${j} + kx - params.pad_w;`,
    statement`var x${j} = 0.0f;`,
    statement`if (iy${j} < params.in_h && ix${j} < params.in_w) { x${j} = ${load}(${viewPosition("x", "nchw", ["n", wgsl`first_in + c`, `iy${j}`, `ix${j}`])}); }`,
  ],
})
