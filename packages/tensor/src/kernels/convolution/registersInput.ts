import { statement, wgsl } from "../../codegen/expression.ts"
import { viewPosition } from "../emit/operand.ts"
import { registerTile } from "./registerTile.ts"

/** The gradient in the image, gathered: each input pixel sums over the outputs that have seen it. */
export const registersInput = registerTile({
  family: "conv2dInput",
  side: "in",
  names: { channel: "o", value: "g" },
  pixel: (j) => [
    statement`let p${j} = min(pixel + ${j}u, params.pixels - 1u);`,
    statement`let py${j} = p${j} / params.in_w + params.pad_h;`,
    statement`let px${j} = p${j} % params.in_w + params.pad_w;`,
  ],
  weight: (i, load) =>
    statement`let w${i} = ${load}(${viewPosition("w", "oihw", [wgsl`first_out + o`, wgsl`min(channel + ${i}u, params.group_in - 1u)`, "ky", "kx"])});`,
  // Only outputs whose window starts at a multiple of the stride have used this pixel with this weight.
  value: (j, load) => [
    statement`let dy${j} = py${j} - ky;`,
    statement`let dx${j} = px${j} - kx;`,
    statement`let oy${j} = dy${j} / params.stride_h;`,
    statement`let ox${j} = dx${j} / params.stride_w;`,
    statement`var g${j} = 0.0f;`,
    statement`if (py${j} >= ky && px${j} >= kx && oy${j} * params.stride_h == dy${j} && ox${j} * params.stride_w == dx${j} && oy${j} < params.out_h && ox${j} < params.out_w) {`,
    statement`g${j} = ${load}(${viewPosition("g", "nohw", ["n", wgsl`first_out + o`, `oy${j}`, `ox${j}`])});`,
    "}",
  ],
})
