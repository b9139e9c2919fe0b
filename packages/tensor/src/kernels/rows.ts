import { wgslType } from "../codegen/element.ts"
import type { Tensor } from "../graph.ts"
import type { Attributes, Op } from "../op.ts"
import type { Group } from "../plan/fusion.ts"
import { sizeOf } from "../shape.ts"
import { assembleKernel } from "./assemble.ts"
import { bindingFor, type Kernel, type KernelLimits } from "./kernel.ts"
import { lines } from "./operand.ts"
import { emitRows, foldName, type RowPass, type RowProgram } from "./rowProgram.ts"

type Combine = "sum" | "max" | "min"

const combineOf = (tensor: Tensor): Combine => {
  const { lowering } = tensor.op as unknown as Op<Attributes>
  return lowering.kind === "reduce" ? lowering.combine : "sum"
}

const combined = (combine: Combine, a: string, b: string): string =>
  combine === "sum" ? `${a} + ${b}` : `${combine}(${a}, ${b})`

// A neutral start would be an infinity, which WGSL has no literal for; the first element of the row is as good.
const startOf = (tensor: Tensor, name: string): string => {
  const type = wgslType(tensor.dtype)
  return `var ${name}: ${type} = ${type}(0);`
}

// Sums run in blocks added to a total when full, which keeps rounding errors of long rows small.
const foldPass = (pass: RowPass, folds: readonly Tensor[], lanes: number): readonly string[] => {
  const names = pass.values.map(({ tensor }) => foldName(tensor, folds))
  const add = pass.values.map(({ tensor, value }, i) =>
    combineOf(tensor) === "sum"
      ? `part_${names[i]!} += ${value};`
      : `${names[i]!} = select(${combined(combineOf(tensor), names[i]!, value)}, ${value}, first);`,
  )
  const sums = pass.values.flatMap(({ tensor }, i) => (combineOf(tensor) === "sum" ? [names[i]!] : []))
  const type = (name: string): string => wgslType(pass.values[names.indexOf(name)]!.tensor.dtype)
  return [
    ...pass.values.map(({ tensor }, i) => startOf(tensor, names[i]!)),
    "{",
    // Lanes past the end of a short row fold its last element again where that changes nothing, and nothing where it would.
    `var r = min(l, params.length - 1u);`,
    `var count = select(0u, (params.length - l + LANES - 1u) / LANES, l < params.length);`,
    ...(sums.length === pass.values.length ? [] : ["count = max(count, 1u);", "var first = true;"]),
    "while (count > 0u) {",
    ...sums.map((name) => `var part_${name} = ${type(name)}(0);`),
    "for (var k = 0u; k < BLOCK && count > 0u; k++) {",
    ...pass.lines,
    ...(sums.length === 0 || sums.length === pass.values.length ? add : guardedAdd(pass, names)),
    ...(sums.length === pass.values.length ? [] : ["first = false;"]),
    "r += LANES;",
    "count -= 1u;",
    "}",
    ...sums.map((name) => `${name} += part_${name};`),
    "}",
    "}",
    ...pass.values.flatMap(({ tensor }, i) => acrossLanes(names[i]!, combineOf(tensor), lanes)),
  ]
}

// Mixed folds: an idle lane repeats the last element for the maximum, but must not add it to a sum.
const guardedAdd = (pass: RowPass, names: readonly string[]): readonly string[] =>
  pass.values.map(({ tensor, value }, i) =>
    combineOf(tensor) === "sum"
      ? `part_${names[i]!} += select(${wgslType(tensor.dtype)}(0), ${value}, l < params.length);`
      : `${names[i]!} = select(${combined(combineOf(tensor), names[i]!, value)}, ${value}, first);`,
  )

// A butterfly leaves the same bits in every lane, in an order that does not depend on the adapter.
const acrossLanes = (name: string, combine: Combine, lanes: number): readonly string[] => {
  const statements: string[] = []
  for (let distance = 1; distance < lanes; distance *= 2)
    statements.push(`${name} = ${combined(combine, name, `subgroupShuffleXor(${name}, DISTANCE_${distance})`)};`)
  return statements
}

const writeRows = ({ lines: body, values }: RowPass, outputs: readonly Tensor[]): readonly string[] =>
  values.length === 0
    ? []
    : [
        `for (var r = l; r < params.length; r += LANES) {`,
        ...body,
        ...values.map(({ tensor, value }) => `store_out${outputs.indexOf(tensor)}(o * params.length + r, ${value});`),
        "}",
      ]

const writeScalars = ({ lines: body, values }: RowPass, outputs: readonly Tensor[]): readonly string[] =>
  values.length === 0
    ? []
    : [
        "if (l == 0u) {",
        "let r = 0u;",
        ...body,
        ...values.map(({ tensor, value }) => `store_out${outputs.indexOf(tensor)}(o, ${value});`),
        "}",
      ]

const bindRows = ({ reads, outputs }: RowProgram, limits: KernelLimits): Kernel["bindings"] => [
  ...reads.map((buffer, i) => ({ buffer, binding: bindingFor(buffer, `in${i}`, "read", limits) })),
  ...outputs.map((buffer, i) => ({ buffer, binding: bindingFor(buffer, `out${i}`, "write", limits) })),
]

// Named, so that they stay constants where shape-dependent numbers become parameters.
const constants = (lanes: number): string =>
  [
    `const LANES = ${lanes}u;`,
    "const BLOCK = 32u;",
    ...[1, 2, 4, 8, 16, 32, 64].map((distance) => `const DISTANCE_${distance} = ${distance}u;`),
  ].join("\n")

const labelOf = ({ folds, outputs }: RowProgram): string =>
  `${[...folds, ...outputs.filter((tensor) => !folds.includes(tensor))].map(({ op }) => op.name).join("+")}`

/** One subgroup per row (one invocation where there are no subgroups): a few walks along the row, then its results. */
export const rowKernels = (group: Group, limits: KernelLimits): readonly Kernel[] => {
  const program = group.rows!
  const code = emitRows(program)
  if (code === null) throw new Error("a row program that was valid when planned is no longer")
  const lanes = Math.max(1, limits.subgroupSize)
  const [rows, length] = [sizeOf(program.domain.outer), sizeOf(program.domain.inner)]
  const perGroup = lanes === 1 ? 64 : rows < 64 ? 1 : 4
  const statements = lines(
    ...code.folds.map((pass) => foldPass(pass, program.folds, lanes)),
    writeRows(code.rows, program.outputs),
    writeScalars(code.scalars, program.outputs),
  )
  return [
    assembleKernel({
      label: labelOf(program),
      family: "rows",
      bindings: bindRows(program, limits),
      directives: lanes === 1 ? [] : ["enable subgroups;", "diagnostic(off, subgroup_uniformity);"],
      params: { rows, length },
      functions: [constants(lanes), ...code.functions],
      code: lines("fn row(o: u32, l: u32) {", statements, "}"),
      elements: rows * length,
      workgroupSize: lanes * perGroup,
      main: lines(
        `let o = group * ${perGroup}u + lane / ${lanes}u;`,
        "if (o >= params.rows) { return; }",
        `row(o, lane % ${lanes}u);`,
      ),
      workgroups: Math.ceil(rows / perGroup),
      choice: { lanes },
    }),
  ]
}
