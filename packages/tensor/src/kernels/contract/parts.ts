import type { CostModel } from "../../adapter/costModel.ts"
import { statement } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph.ts"
import { sizeOf } from "../../shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel, type Scratch } from "../dispatch/kernel.ts"
import { lines } from "../emit/operand.ts"
import { bindGroup, finishFunction, labelOf } from "../emit/tail.ts"
import { tailEntries } from "../emit/tailEntries.ts"
import { magnitudeInput } from "../way/scaled.ts"
import type { Site } from "../way/way.ts"
import type { ContractProblem } from "./problem.ts"

/** How the sum of a tile is shared: so many workgroups, each with a stretch of whole steps of `depth`. */
export interface Parts {
  readonly parts: number
  readonly depth: number
}

const joinSize = 64

/** Shorter stretches spend more on storing and adding their sums than they save. */
export const shortestStretch = 128

/** Depths of a part: whole steps, so that no two parts meet in one. */
export const stretchOf = (k: number, { parts, depth }: Parts): number => Math.ceil(k / parts / depth) * depth

/** Sums of all parts, one part's after another's. */
export const sumsOf = ({ m, n, batches }: ContractProblem, { parts }: Parts): Scratch => ({
  scratch: 0,
  dtype: "f32",
  size: m * n * batches * parts,
})

/** The site of a kernel that stores no result: it reads a buffer which the result takes over like any other. */
export const readingSite = (site: Site): Site => ({
  ...site,
  inPlace: null,
  bindings: bindGroup(site.group, site.facts, null),
})

/** Bindings of a kernel that multiplies without a tail: both operands, and their magnitudes where it scales them. */
export const operandEntries = ({ a, b }: ContractProblem, { group, bindings }: Site): Kernel["bindings"] => {
  const magnitudes = [0, 1].map((operand) => magnitudeInput(group.anchor!, operand))
  const read = new Set<Tensor | undefined>([a.base, b.base, ...magnitudes])
  return bindings.entries.filter(({ buffer, binding }) => binding.access === "read" && read.has(buffer as Tensor))
}

/** Adds parts in their order, so that every run gives the same bits, and finishes the result. */
export const joinKernel = (problem: ContractProblem, choice: Parts, { group, bindings, facts }: Site): Kernel => {
  const { code, functions } = finishFunction(group, bindings)
  const sums = sumsOf(problem, choice)
  const size = problem.m * problem.n * problem.batches
  return assembleKernel({
    label: labelOf(group),
    family: "contract",
    bindings: [
      { buffer: sums, binding: bindingFor(sums, "sums", "read", facts) },
      ...tailEntries(group, bindings, code, false).entries,
    ],
    params: { size, parts: choice.parts },
    functions,
    code,
    elements: sizeOf(group.root.shape),
    workgroupSize: joinSize,
    main: lines(
      statement`let at = group * ${joinSize}u + lane;`,
      "if (at >= params.size) { return; }",
      "var sum = 0.0f;",
      "for (var part = 0u; part < params.parts; part++) { sum += load_sums(part * params.size + at); }",
      "store_out(at, finish(at, sum));",
    ),
    workgroups: Math.ceil(size / joinSize),
  })
}

/** Seconds that this takes: sums are written once and read once. */
export const joinSeconds = (problem: ContractProblem, choice: Parts, { dispatch, bytes }: CostModel): number =>
  dispatch + (8 * sumsOf(problem, choice).size) / bytes
