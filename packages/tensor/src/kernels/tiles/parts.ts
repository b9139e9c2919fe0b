import type { CostModel } from "../../adapter/costModel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { statement } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel, type Scratch } from "../dispatch/kernel.ts"
import { lines, type Operand } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import { bindGroup } from "../dispatch/bindGroup.ts"
import { tailEntries } from "../emit/tailEntries.ts"
import { sumInParts } from "../partial/op.ts"
import { magnitudeInput } from "../way/scaled.ts"
import type { Site } from "../way/way.ts"
import type { Products } from "./workgroupTile.ts"

/** How the sum of a tile is shared: so many workgroups, each with a stretch of whole steps of `depth`. */
export interface Parts {
  readonly parts: number
  readonly depth: number
}

const joinSize = 64

/** More workgroups than this fill any adapter. */
const mostWorkgroups = 4096

/** Shorter stretches spend more on storing and adding their sums than they save. */
export const shortestStretch = 128

/** Depths of a part: whole steps, so that no two parts meet in one. */
export const stretchOf = (k: number, { parts, depth }: Parts): number => Math.ceil(k / parts / depth) * depth

/** Sums of all parts, one part's after another's. */
export const sumsOf = (of: Products, { parts }: Pick<Parts, "parts">): Scratch => ({
  scratch: 0,
  dtype: "f32",
  size: sizeOfAll(of) * parts,
})

const sizeOfAll = ({ rows, columns, products }: Products): number => rows * columns * products

/**
 * In how many parts a sum is worth computing by tiles of which `tiles` cover the products: `least`, or more where these leave an adapter
 * idle. None where an adapter's bindings do not hold the sums.
 */
export const usefulParts = (
  of: Products,
  { least, tiles }: { readonly least: number; readonly tiles: number },
  { bindingBytes }: KernelFacts,
): readonly number[] => {
  const isUseful = (parts: number): boolean =>
    parts > least && of.depth >= parts * shortestStretch && tiles * parts <= mostWorkgroups
  const isHeld = (parts: number): boolean => parts === 1 || 4 * sumsOf(of, { parts }).size <= bindingBytes
  return [least, ...[2, 4, 8, 16, 32, 64, 128].filter(isUseful)].filter(isHeld)
}

/** The site of a kernel that stores no result: it reads a buffer which the result takes over like any other. */
export const readingSite = (site: Site): Site => ({
  ...site,
  inPlace: null,
  bindings: bindGroup(site.group, site.facts, null),
})

/** Bindings of a kernel that multiplies without a tail: its operands, and their magnitudes where it scales them. */
export const operandEntries = (operands: readonly Operand[], { group, bindings }: Site): Kernel["bindings"] => {
  const magnitudes = operands.map((_, operand) => magnitudeInput(group.anchor!, operand))
  const read = new Set<Tensor | undefined>([...operands.map(({ base }) => base), ...magnitudes])
  return bindings.entries.filter(({ buffer, binding }) => binding.access === "read" && read.has(buffer as Tensor))
}

/** Adds parts in their order, so that every run gives the same bits, and finishes the result: row by row, product by product. */
export const joinKernel = (family: string, of: Products, choice: Parts, { group, bindings, facts }: Site): Kernel => {
  const { code, functions } = finishFunction(group, bindings)
  const sums = sumsOf(of, choice)
  const size = sizeOfAll(of)
  const kernel = assembleKernel({
    label: labelOf(group),
    family,
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
  return { ...kernel, finishes: sumInParts(group.anchor!.shape, choice.parts) }
}

/** Seconds that this takes: sums are written once and read once. */
export const joinSeconds = (of: Products, choice: Parts, { dispatch, bytes }: CostModel): number =>
  dispatch + (8 * sumsOf(of, choice).size) / bytes
