import { statement, wgsl } from "../../codegen/expression.ts"
import { hasQuads } from "../../codegen/quads.ts"
import type { Group, GroupBindings } from "../dispatch/group.ts"
import { besideRoot } from "../dispatch/bindGroup.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import type { Site } from "../way/way.ts"
import { lines, range } from "../emit/operand.ts"
import { quadElement, quadEntries, type QuadFunction } from "../emit/quadElement.ts"
import { elementFunction, labelOf } from "../emit/tail.ts"

const workgroupSize = 64

const single = statement`let i = group * ${workgroupSize}u + lane;
if (i >= params.size) { return; }
store_out(i, element(i));`

// Two f16 share a word, so one invocation computes both. The last word of an odd tensor is padded.
const paired = statement`let pair = group * ${workgroupSize}u + lane;
let i = pair * 2u;
if (i >= params.size) { return; }
let low = element(i);
var high = 0.0f;
if (i + 1u < params.size) { high = element(i + 1u); }
store_pair_out(pair, vec2<f32>(low, high));`

const elementKernel = (group: Group, bindings: GroupBindings): Kernel => {
  const { code, functions } = elementFunction(group, bindings)
  const size = sizeOf(group.root.shape)
  const pairs = group.root.dtype === "f16"
  const invocations = pairs ? Math.ceil(size / 2) : size
  return assembleKernel({
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
  })
}

// Quads far apart are as well read by neighbours together. Their loads are independent, and what an invocation costs
// besides is shared; but the code of a long expression written several times no longer fits a processor's cache.
const quadsOf = (quads: number, { length }: QuadFunction): number =>
  quads < 65_536 || length > 96 ? 1 : length > 32 ? 2 : 4

const quadMain = (each: number, size: number): string =>
  lines(
    statement`let first = group * ${size * each}u + lane;`,
    "if (first >= params.size) { return; }",
    ...range(each).map(
      (k) => statement`let i${k} = ${k === 0 ? "first" : wgsl`min(first + ${k * size}u, params.size - 1u)`};`,
    ),
    ...range(each).map((k) => statement`let v${k} = element4(i${k});`),
    ...range(each).map(
      (k) =>
        statement`${k === 0 ? "" : statement`if (first + ${k * size}u < params.size) `}{ store4_out(i${k}, v${k}); }`,
    ),
  )

const quadKernel = (group: Group, bindings: GroupBindings, element: QuadFunction): Kernel => {
  const size = sizeOf(group.root.shape)
  const quads = size / 4
  // What is stored on the way is stored for every quad that is computed: none may be computed twice.
  const each = besideRoot(group).length > 0 ? 1 : quadsOf(quads, element)
  const wide = quads < 65_536 ? workgroupSize : 4 * workgroupSize
  return assembleKernel({
    label: labelOf(group),
    family: "pointwise",
    bindings: quadEntries(bindings, element.vectors, group),
    params: { size: quads },
    functions: element.functions,
    code: element.code,
    elements: size,
    workgroupSize: wide,
    main: quadMain(each, wide),
    workgroups: Math.ceil(quads / wide / each),
    choice: { quads: each },
  })
}

/** One invocation per quad of elements or several quads (per element where they are odd, two for f16): loads, the fused expression, stores. */
export const pointwiseKernel = ({ group, bindings, inPlace }: Site): readonly Kernel[] => {
  const element = hasQuads(group.root) ? quadElement(group, bindings) : null
  // A buffer that is read and written is bound once: as vectors for both or for none.
  const fits = inPlace === null || !group.reads.includes(inPlace) || element?.vectors.has(inPlace) === true
  return [element !== null && fits ? quadKernel(group, bindings, element) : elementKernel(group, bindings)]
}
