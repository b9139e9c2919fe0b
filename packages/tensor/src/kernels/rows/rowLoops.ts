import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { lines } from "../emit/operand.ts"
import type { RowCode, RowPass } from "./emitRows.ts"

/** Sizes of the loops of a row kernel, known when it is written. */
export interface Loops {
  readonly lanes: number
  /** Steps of an invocation in a loop's body. */
  readonly steps: number
  /** Steps of all invocations in a part of a row. */
  readonly span: number
  readonly parts: number
  /**
   * Whether a workgroup walks a share of the row alone, `span` being the steps of the longest: parts from `chunk` to before `chunks`, and of
   * each the steps from `first` to before `last`. Default: all of them.
   */
  readonly isShare?: boolean
}

/** Iterations after which partial sums are added to the total, so that rounding errors do not grow with the row. */
const blockIterations = 64

/** Statements before, in and after a block of iterations. */
export interface Block {
  readonly open: readonly string[]
  readonly body: readonly string[]
  readonly close: readonly string[]
}

const isExact = ({ lanes, steps, span, isShare = false }: Loops): boolean => !isShare && span % (lanes * steps) === 0

// Tested at the bottom: where all iterations of a loop are masked out, software adapters compute one more for nothing.
const bottomTested = (body: readonly string[], stride: Wgsl, end: string): readonly string[] => [
  "loop {",
  ...body,
  "continuing {",
  statement`r += ${stride};`,
  statement`break if r >= ${end};`,
  "}",
  "}",
]

const alongPart = (loops: Loops, { open, body, close }: Block): readonly string[] => {
  const stride = wgsl`LANES * ${loops.steps === 1 ? "1u" : `STEPS_${loops.steps}`}`
  const [first, last] = loops.isShare === true ? ["first + l", "last"] : ["l", "params.span"]
  const single = loops.span <= blockIterations * loops.lanes * loops.steps
  const ofBlock = [
    ...open,
    ...(single ? [] : [statement`let end = min(r + ${stride} * BLOCK, ${wgsl`${last}`});`]),
    ...bottomTested(body, stride, single ? last : "end"),
    ...close,
  ]
  const start = `var r = ${first};`
  if (!isExact(loops)) return [start, statement`${single ? "if" : "while"} (r < ${last}) {`, ...ofBlock, "}"]
  return single ? [start, ...ofBlock] : [start, "loop {", ...ofBlock, "continuing { break if r >= params.span; }", "}"]
}

/** A walk along all parts of a row, or along those of a workgroup's share. */
export const alongRow = (loops: Loops, { before, part }: Pick<RowPass, "before" | "part">, block: Block): string => {
  const walk = [...part, ...alongPart(loops, block)]
  const [chunk, chunks] = loops.isShare === true ? ["chunk", "chunks"] : ["0u", "params.parts"]
  return lines(
    before,
    loops.parts === 1
      ? ["{", ...walk, "}"]
      : [
          `var c = ${chunk};`,
          "loop {",
          ...walk,
          "continuing {",
          "c += 1u;",
          statement`break if c >= ${chunks};`,
          "}",
          "}",
        ],
  )
}

/** The loops of a walk whose body takes `steps` steps of an invocation. */
export const loopsOf = ({ layout }: RowCode, length: number, steps: number): Loops => ({
  lanes: layout.lanes,
  steps,
  span: layout.part / layout.width,
  parts: length / layout.part,
})

/** Named, so that they stay constants where shape-dependent numbers become parameters. */
export const loopConstants = (lanes: number): string =>
  [
    statement`const LANES = ${lanes}u;`,
    statement`const BLOCK = ${blockIterations}u;`,
    ...[2, 4, 8].map((steps) => statement`const STEPS_${steps} = ${steps}u;`),
    ...[1, 2, 4, 8, 16, 32, 64].map((distance) => statement`const DISTANCE_${distance} = ${distance}u;`),
  ].join("\n")
