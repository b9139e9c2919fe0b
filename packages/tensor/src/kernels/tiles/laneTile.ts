import { statement, type Wgsl } from "../../codegen/expression.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { range } from "../emit/operand.ts"

/**
 * A tile that one subgroup of eight lanes multiplies: `rows` rows by 32 columns, eight values of depth at a time. Lane l
 * holds columns 4l … 4l+3 of every row in one register `s<row>`; texels of the left operand are spread over the lanes and
 * reach all of them by broadcast. Straight-line code of named values: arrays and barriers are ruinous on CPU drivers.
 */
export const lanes = 8
export const depth = 8
export const tileColumns = 4 * lanes

/** Whether an adapter has eight lanes and textures: a CPU driver, on which such tiles pay. */
export const hasLaneTiles = ({
  subgroupSize,
  textureExtent,
}: Pick<KernelFacts, "subgroupSize" | "textureExtent">): boolean => subgroupSize === lanes && textureExtent > 0

const component = "xyzw"

export const subgroupDirectives = ["enable subgroups;", "diagnostic(off, subgroup_uniformity);"] as const

export const accumulators = (names: readonly string[]): readonly string[] =>
  names.map((name) => statement`var ${name} = vec4<f32>();`)

export const rowNames = (rows: number): readonly string[] => range(rows).map((row) => `s${row}`)

/** The value of the left operand in one row at one depth, wherever it is held. */
export type RowValue = (row: number, k: number) => readonly [value: string, lane: number]

/** Values of texels that hold four neighbouring depths of a row: lane l loads row 4i + l/2, half l%2 of the depth, as `a<i>`. */
export const spreadRows: RowValue = (row, k) => [`a${row >> 2}.${component[k & 3]!}`, (row & 3) * 2 + (k >> 2)]

/** `a<i> = …` for each four rows, given the texel that this lane loads for them. */
export const loadRows = (rows: number, texel: (i: number) => readonly [x: Wgsl, y: Wgsl]): readonly string[] =>
  range(rows / 4).map((i) => {
    const [x, y] = texel(i)
    return statement`let a${i} = textureLoad(left, vec2<u32>(${x}, ${y}));`
  })

/** `b<k> = …` for each depth of the step, given the texel of this lane's four columns. */
export const loadColumns = (
  texel: (k: number) => readonly [x: Wgsl, y: Wgsl],
  steps: number = depth,
): readonly string[] =>
  range(steps).map((k) => {
    const [x, y] = texel(k)
    return statement`let b${k} = textureLoad(right, vec2<u32>(${x}, ${y}));`
  })

// Four rows at a time: their accumulators stay in registers over the whole depth of the step.
const blockRows = 4

/** s += left · right over one step of depth. */
export const multiplyStep = (names: readonly string[], value: RowValue, steps: number = depth): readonly string[] =>
  range(Math.ceil(names.length / blockRows)).flatMap((block) =>
    range(steps).flatMap((k) =>
      names.slice(block * blockRows, (block + 1) * blockRows).map((name, i) => {
        const [left, lane] = value(block * blockRows + i, k)
        return statement`${name} += subgroupBroadcast(${left}, ${lane}u) * b${k};`
      }),
    ),
  )

/** Work of `count` rows in tiles of `rows`: those beyond the last count too, and taller tiles use each column load more often. */
export const tileWork = (count: number, rows: number): number => Math.ceil(count / rows) * (rows + 6)

/** Tile heights worth considering for `count` rows. */
export const heightsFor = (count: number): readonly number[] => (count <= 8 ? [8] : [32, 16])
