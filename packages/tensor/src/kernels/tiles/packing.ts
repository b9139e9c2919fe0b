import { statement, type Wgsl } from "../../codegen/expression.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel, type Scratch } from "../dispatch/kernel.ts"
import { lines, range, type Operand } from "../emit/operand.ts"
import { scaleFunction, scaleLines, upperFunction } from "../emit/scale.ts"
import { magnitudeInput } from "../way/scaled.ts"
import type { Site } from "../way/way.ts"
import { halvesOf, type MatrixChoice } from "./matrixChoice.ts"

const workgroupSize = 256

/** Elements that an invocation packs: four words of f16. */
export const packedTogether = 8

type Operands = Pick<MatrixChoice, "operands">

/** A packed operand: its halves one after another, each of so many f16. */
export interface Packed {
  readonly scratch: Scratch
  readonly halfSize: number
}

/** Memory of an operand packed in so many f16, two to a word. */
export const packedIn = (choice: Operands, scratch: number, halfSize: number): Packed => ({
  scratch: { scratch, dtype: "u32", size: (halvesOf(choice).length * halfSize) / 2 },
  halfSize,
})

export const packedSize = ({ scratch }: Packed): number => 4 * scratch.size

/** What an operand's packing reads and where each of its packed elements comes from. */
export interface Packing {
  readonly label: string
  /** What the operand is called in the shader. */
  readonly name: string
  /** Its place among the op's operands. */
  readonly number: number
  readonly operand: Operand
  readonly packed: Packed
  readonly params: Readonly<Record<string, number>>
  /** Statements that name what `element` speaks of, given `i`, which eight of all elements, and `half`, whether they are the second of sixteen. */
  readonly place: readonly string[]
  /** Whether the element number `e` of eight exists, and where it lies. */
  readonly element: (e: number) => readonly [exists: Wgsl, position: Wgsl]
}

const fetchText = ({ operand, element, name }: Packing): readonly string[] =>
  range(packedTogether).flatMap((e) => {
    const [exists, position] = element(e)
    return [
      statement`let exists${e} = ${exists};`,
      statement`let at${e} = select(0u, ${position}, exists${e});`,
      statement`let value${e} = select(0.0f, ${operand.load}(at${e}), exists${e}) * ${name}_scale;`,
    ]
  })

// As tiles in workgroup memory split numbers: the upper bits cut off, what they leave in the other half.
const halfLines: Readonly<Record<"high" | "low", readonly string[]>> = {
  high: ["let first = upper_of(whole0);", "let second = upper_of(whole1);"],
  low: ["let first = whole0 - upper_of(whole0);", "let second = whole1 - upper_of(whole1);"],
}

const roundedLines = ["let first = whole0;", "let second = whole1;"]

const mainText = (packing: Packing, choice: Operands, site: Site): string =>
  lines(
    statement`let i = group * ${workgroupSize}u + lane;`,
    "if (i >= params.size) { return; }",
    "let half = i % 2u;",
    packing.place,
    scaleLines(site, packing.number, packing.name),
    fetchText(packing),
    "let whole0 = vec4<f32>(value0, value1, value2, value3);",
    "let whole1 = vec4<f32>(value4, value5, value6, value7);",
    halvesOf(choice).flatMap((half) => [
      "{",
      ...(choice.operands === "split" ? halfLines[half] : roundedLines),
      statement`store4_packed(i + ${half === "high" ? 0 : 1}u * params.size, vec4<u32>(bitcast<vec2<u32>>(vec4<f16>(first)), bitcast<vec2<u32>>(vec4<f16>(second))));`,
      "}",
    ]),
  )

/** Scales an operand, rounds or splits it, and lays it out anew. */
export const packingKernel = (family: string, packing: Packing, choice: Operands, site: Site): Kernel => {
  const { group, bindings, facts } = site
  const read = new Set([packing.operand.base, magnitudeInput(group.anchor!, packing.number)])
  const { scratch, halfSize } = packing.packed
  const size = halfSize / packedTogether
  return assembleKernel({
    label: packing.label,
    family,
    directives: ["enable f16;"],
    bindings: [
      ...bindings.entries.filter(({ buffer, binding }) => binding.access === "read" && read.has(buffer as never)),
      { buffer: scratch, binding: { ...bindingFor(scratch, "packed", "write", facts), vector: true } },
    ],
    params: { ...packing.params, size },
    functions: [scaleFunction, ...(choice.operands === "split" ? [upperFunction] : [])],
    code: "",
    elements: size,
    workgroupSize,
    main: mainText(packing, choice, site),
    workgroups: Math.ceil(size / workgroupSize),
  })
}
