import { statement, wgsl } from "../../codegen/expression.ts"
import { combined, type Combine } from "../emit/combine.ts"
import type { RowLayout } from "./emitRows.ts"

const memory = (type: string): string => `row_${type}`

/** The workgroup's memory that statements of `acrossGroups` use: a place for each group of invocations that exchange by themselves. */
export const groupMemory = (statements: string, { lanes, together = lanes }: RowLayout): readonly string[] =>
  ["f32", "i32", "u32"]
    .filter((type) => statements.includes(`${memory(type)}[`))
    .map((type) => statement`var<workgroup> ${memory(type)}: array<${type}, ${lanes / together}>;`)

/** Up to so many places are read by all invocations one after the other: fewer barriers than a tree has. */
const mostInTurn = 32

const inTurn = (name: string, combine: Combine, type: string, groups: number): readonly string[] => [
  statement`${name} = ${memory(type)}[0u];`,
  statement`for (var g = 1u; g < ${groups}u; g++) { ${name} = ${combined(combine, wgsl`${name}`, wgsl`${memory(type)}[g]`)}; }`,
]

const byTree = (name: string, combine: Combine, type: string, groups: number): readonly string[] => {
  const place = memory(type)
  return [
    statement`for (var g = ${groups / 2}u; g > 0u; g /= 2u) {`,
    statement`if (l < g) { ${place}[l] = ${combined(combine, wgsl`${place}[l]`, wgsl`${place}[l + g]`)}; }`,
    "workgroupBarrier();",
    "}",
    statement`${name} = ${place}[0u];`,
  ]
}

/** `name` joined over all groups of invocations of a row, which have joined it among themselves: the same bits in each, in a fixed order. */
export const acrossGroups = (
  name: string,
  combine: Combine,
  { lanes, together = lanes }: RowLayout,
  type: string,
): readonly string[] => {
  const groups = lanes / together
  const put = statement`${memory(type)}[l / ${together}u] = ${name};`
  return [
    together === 1 ? put : statement`if (l % ${together}u == 0u) { ${put} }`,
    "workgroupBarrier();",
    ...(groups <= mostInTurn ? inTurn(name, combine, type, groups) : byTree(name, combine, type, groups)),
    // Whoever writes there next waits until all have read.
    "workgroupBarrier();",
  ]
}
