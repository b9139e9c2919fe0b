import { statement, wgsl } from "../../codegen/expression.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { bindingFor, type Kernel } from "../dispatch/kernel.ts"
import { viewParams, viewPosition, type Operand } from "../emit/operand.ts"
import type { Fragments } from "../tiles/fragments.ts"
import { fragmentEdge, type MatrixChoice } from "../tiles/matrixChoice.ts"
import { packedIn, packedTogether, packingKernel, type Packed } from "../tiles/packing.ts"
import type { Site } from "../way/way.ts"
import type { ContractProblem } from "./problem.ts"

type Side = NonNullable<MatrixChoice["packed"]>

/** A choice of packed matrices. */
type PackedChoice = MatrixChoice & { readonly packed: Side }

export const isPackedChoice = (choice: MatrixChoice): choice is PackedChoice => choice.packed !== undefined

/** The operand that is packed. */
export const packedOperand = ({ a, b }: ContractProblem, { packed }: PackedChoice): Operand =>
  packed === "left" ? a : b

/** An axis of the packed matrix: what it counts, how many, and how far apart in memory. */
interface Axis {
  readonly along: "rows" | "depths"
  readonly extent: number
  readonly stride: number
}

/**
 * Its axes, those apart in memory first: a weight and its transpose are packed alike, so that a layer and its gradient in the input read one
 * copy.
 */
const axesOf = (problem: ContractProblem, choice: PackedChoice): readonly [outer: Axis, inner: Axis] => {
  const { strides } = packedOperand(problem, choice).view
  const [before, last] = strides.slice(-2) as [number, number]
  const isLeft = choice.packed === "left"
  const rows: Axis = { along: "rows", extent: isLeft ? problem.m : problem.n, stride: isLeft ? before : last }
  const depths: Axis = { along: "depths", extent: problem.k, stride: isLeft ? last : before }
  return rows.stride < depths.stride ? [depths, rows] : [rows, depths]
}

const blocksOf = ({ extent }: Axis): number => Math.ceil(extent / fragmentEdge)

const fragmentSize = fragmentEdge ** 2

/** [half][block of the outer axis][block of the inner one][outer][inner]; the sums of a shared tile are scratch number 0. */
export const packedWeight = (problem: ContractProblem, choice: PackedChoice): Packed => {
  const [outer, inner] = axesOf(problem, choice)
  return packedIn(choice, 1, blocksOf(outer) * blocksOf(inner) * fragmentSize)
}

export const weightFragments = (problem: ContractProblem, choice: PackedChoice): Fragments => ({
  array: "b_packed",
  lines: axesOf(problem, choice)[1].along,
  wholeSteps: problem.k % choice.depth === 0,
})

/** What tiles find its fragments by. */
export const fragmentParams = (problem: ContractProblem, choice: PackedChoice): Readonly<Record<string, number>> => {
  const axes = axesOf(problem, choice)
  const [outer, inner] = axes
  const apart = blocksOf(inner) * fragmentSize
  const [rows, depths] = inner.along === "depths" ? axes : [inner, outer]
  return {
    blocks: blocksOf(rows),
    depth_blocks: blocksOf(depths),
    row_step: rows === outer ? apart : fragmentSize,
    depth_step: depths === outer ? apart : fragmentSize,
    packed_low: packedWeight(problem, choice).halfSize,
  }
}

export const weightEntry = (
  problem: ContractProblem,
  choice: PackedChoice,
  facts: KernelFacts,
): Kernel["bindings"][number] => {
  const { scratch } = packedWeight(problem, choice)
  return { buffer: scratch, binding: { ...bindingFor(scratch, "packed", "read", facts), halves: true } }
}

/** Lays the weight out as the fragments that matrix units load, the last ones filled up with zeros. */
export const packWeight = (problem: ContractProblem, choice: PackedChoice, site: Site): Kernel => {
  const operand = packedOperand(problem, choice)
  const [outer, inner] = axesOf(problem, choice)
  const view = { ...operand.view, strides: [outer.stride, inner.stride] }
  return packingKernel(
    "contract",
    {
      label: "weight (packed)",
      name: "weight",
      number: choice.packed === "left" ? 0 : 1,
      operand,
      packed: packedWeight(problem, choice),
      params: {
        blocks: blocksOf(inner),
        outer: outer.extent,
        inner: inner.extent,
        ...viewParams("w", "oi", view),
      },
      place: [
        statement`let fragment = i / ${2 * fragmentEdge}u;`,
        statement`let outer = fragment / params.blocks * ${fragmentEdge}u + i / 2u % ${fragmentEdge}u;`,
        statement`let inner = fragment % params.blocks * ${fragmentEdge}u + half * ${packedTogether}u;`,
      ],
      element: (e) => [
        wgsl`outer < params.outer && inner + ${e}u < params.inner`,
        viewPosition("w", "oi", ["outer", wgsl`inner + ${e}u`]),
      ],
    },
    choice,
    site,
  )
}
