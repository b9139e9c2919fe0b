import type { Tensor } from "../graph.ts"
import type { Group } from "../plan/fusion.ts"
import { sizeOf } from "../shape.ts"
import { assembleKernel } from "./assemble.ts"
import type { Kernel, KernelLimits } from "./kernel.ts"
import { bindGroup, elementFunction, labelOf } from "./tail.ts"

const workgroupSize = 64

const single = `let i = group * ${workgroupSize}u + lane;
if (i >= params.size) { return; }
store_out(i, element(i));`

// Two f16 share a word, so one invocation computes both. The last word of an odd tensor is padded.
const paired = `let pair = group * ${workgroupSize}u + lane;
let i = pair * 2u;
if (i >= params.size) { return; }
let low = element(i);
var high = 0.0f;
if (i + 1u < params.size) { high = element(i + 1u); }
store_pair_out(pair, vec2<f32>(low, high));`

/** One invocation per element (two for f16): loads, the fused expression, one store. */
export const pointwiseKernel = (group: Group, limits: KernelLimits, inPlace: Tensor | null): readonly Kernel[] => {
  const bindings = bindGroup(group, limits, inPlace)
  const { code, functions } = elementFunction(group, bindings)
  const size = sizeOf(group.root.shape)
  const pairs = group.root.dtype === "f16"
  const invocations = pairs ? Math.ceil(size / 2) : size
  return [
    assembleKernel({
      label: labelOf(group),
      family: "pointwise",
      bindings: bindings.entries,
      params: { size },
      functions,
      code,
      elements: size,
      workgroupSize,
      main: pairs ? paired : single,
      workgroups: Math.ceil(invocations / workgroupSize),
      choice: {},
    }),
  ]
}
