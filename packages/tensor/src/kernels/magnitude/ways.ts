import { finiteBitsFunctions, keepText } from "../../codegen/peaks.ts"
import { statement, type Wgsl, wgsl } from "../../codegen/expression.ts"
import { hasQuads } from "../../codegen/quads.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { showSpec, sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../dispatch/kernel.ts"
import { lines } from "../emit/operand.ts"
import { onlyWay } from "../way/only.ts"
import type { Family, Site } from "../way/way.ts"

/** Tensors with the numbers that are to hold their largest magnitudes. */
type Pairs = readonly { readonly x: Tensor; readonly peak: Tensor }[]

const workgroupSize = 256

/** Loads of an invocation: as many as hide the time that one takes. */
const loadsEach = 8

const isVector = (x: Tensor): boolean => hasQuads(x)

const loadsOf = (x: Tensor): number => sizeOf(x.shape) / (isVector(x) ? 4 : 1)

const workgroupsOf = (x: Tensor): number => Math.ceil(loadsOf(x) / (workgroupSize * loadsEach))

const magnitudeText = (x: Tensor, i: number): Wgsl =>
  isVector(x) ? wgsl`max4(finite_bits4(load4_in${i}(at)))` : wgsl`finite_bits(load_in${i}(at))`

const max4 = "fn max4(v: vec4<u32>) -> u32 { return max(max(v.x, v.y), max(v.z, v.w)); }"

// The workgroups of one tensor after those of another.
const shareText = (x: Tensor, i: number, subgroups: boolean): readonly string[] => [
  statement`if (group >= params.begin${i} && group < params.end${i}) {`,
  "var largest = 0u;",
  statement`for (var load = 0u; load < ${loadsEach}u; load++) {`,
  statement`let at = ((group - params.begin${i}) * ${loadsEach}u + load) * ${workgroupSize}u + lane;`,
  statement`if (at < params.loads${i}) { largest = max(largest, ${magnitudeText(x, i)}); }`,
  "}",
  keepText("largest", `peak${i}`, subgroups),
  "}",
]

const paramsOf = (pairs: Pairs): Readonly<Record<string, number>> => {
  let end = 0
  return Object.fromEntries(
    pairs.flatMap(({ x }, i) => [
      [`begin${i}`, end],
      [`end${i}`, (end += workgroupsOf(x))],
      [`loads${i}`, loadsOf(x)],
    ]),
  )
}

const write = (pairs: Pairs, { facts }: Site): readonly Kernel[] => {
  const subgroups = facts.subgroupSize > 0
  return [
    assembleKernel({
      label: pairs.length === 1 ? "magnitude" : `magnitudes of ${pairs.length}`,
      family: "magnitude",
      bindings: pairs.flatMap(({ x, peak }, i) => [
        { buffer: x, binding: { ...bindingFor(x, `in${i}`, "read", facts), vector: isVector(x) } },
        { buffer: peak, binding: bindingFor(peak, `peak${i}`, "peak", facts) },
      ]),
      directives: subgroups ? ["enable subgroups;", "diagnostic(off, subgroup_uniformity);"] : [],
      params: paramsOf(pairs),
      functions: [max4, finiteBitsFunctions],
      code: "",
      elements: pairs.reduce((sum, { x }) => sum + sizeOf(x.shape), 0),
      workgroupSize,
      main: lines(...pairs.map(({ x }, i) => shareText(x, i, subgroups))),
      workgroups: pairs.reduce((sum, { x }) => sum + workgroupsOf(x), 0),
    }),
  ]
}

/** Largest magnitudes of tensors that no kernel of the program stores, of several of them in one dispatch. */
export const magnitude: Family<Pairs> = {
  name: "magnitude",
  problem: ({ group: { outputs, reads } }) => outputs.map((peak, i) => ({ x: reads[i]!, peak })),
  key: (pairs) => pairs.map(({ x }) => showSpec(x)).join(" "),
  ways: [onlyWay("peaks", (pairs, _choice, site) => write(pairs, site))],
}
