import { statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"

/** Where four neighbouring results go, of which kernels know `row` and `column` of the first. */
export interface QuadTarget {
  /** `out` through the tail, `sums` as they are. */
  readonly name: "out" | "sums"
  /** Whether they are whole vectors of memory: then all are inside the result or none. */
  readonly vector: boolean
  /** Statements that name what the next two are made of. */
  readonly names?: readonly string[]
  /** Whether the result so many columns further is inside. */
  readonly inside: (further: number) => Wgsl
  /** The place of the first one. */
  readonly at: Wgsl
}

const further = (name: string, by: number): Wgsl => (by === 0 ? wgsl`${name}` : wgsl`${name} + ${by}u`)

/** Whether a result is within these extents. */
export const insideOf =
  (rows: string, columns: string) =>
  (by: number): Wgsl =>
    wgsl`row < ${rows} && ${further("column", by)} < ${columns}`

const storedElement = ({ name }: QuadTarget, at: Part, value: Wgsl): string =>
  name === "out" ? statement`store_out(${at}, finish(${at}, ${value}));` : statement`store_sums(${at}, ${value});`

const storedVector = ({ name }: QuadTarget): string =>
  name === "out" ? "store4_out(at >> 2u, finish4(at >> 2u, values));" : "store4_sums(at >> 2u, values);"

/** Stores four results of neighbouring columns, those inside only. */
export const storeQuad = (target: QuadTarget, row: Wgsl, column: Wgsl, values: Wgsl): readonly string[] => [
  "{",
  statement`let row = ${row};`,
  statement`let column = ${column};`,
  ...(target.names ?? []),
  statement`let at = ${target.at};`,
  statement`let values = ${values};`,
  ...(target.vector
    ? [statement`if (${target.inside(0)}) { ${storedVector(target)} }`]
    : [..."xyzw"].map(
        (c, j) => statement`if (${target.inside(j)}) { ${storedElement(target, further("at", j), wgsl`values.${c}`)} }`,
      )),
  "}",
]

interface PartTarget extends Omit<QuadTarget, "name"> {
  /** Whether a workgroup has all of its sums, and not parts that are added afterwards. */
  readonly isWhole: boolean
  /** Elements of the parts before its own. */
  readonly before: Wgsl
}

/** Where the results of a product go, or its parts, one after another. */
export const partTarget = ({ isWhole, before, at, ...target }: PartTarget): QuadTarget => ({
  ...target,
  name: isWhole ? "out" : "sums",
  at: isWhole ? at : wgsl`${before} + ${at}`,
})

/** Stores sums of scaled operands as what they are without their scales. */
export const storeUnscaled =
  (target: QuadTarget) =>
  (row: Wgsl, column: Wgsl, sums: Wgsl): readonly string[] =>
    storeQuad(target, row, column, wgsl`${sums} * left_unscale * right_unscale`)
