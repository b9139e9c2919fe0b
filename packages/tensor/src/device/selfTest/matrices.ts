import { Float16 } from "../../dtype/float16.ts"
import type { MatrixNumber, MatrixShape, MatrixSpelling } from "../../adapter/adapterFacts.ts"
import { matrixSpellings, spellingProbe } from "../../codegen/subgroupMatrix.ts"
import {
  homes,
  operandElements,
  operandPlaces,
  positionOf,
  productShader,
  resultElements,
  variantsOf,
  type Home,
  type Placed,
  type Variant,
} from "./matrixProduct.ts"
import { bufferOfWords, runBound } from "./runShader.ts"
import type { SelfTest } from "./selfTest.ts"

type Numbers = Float32Array<ArrayBuffer> | Float16Array<ArrayBuffer>

const zeros = (type: MatrixNumber, length: number): Numbers =>
  type === "f16" ? new Float16(length) : new Float32Array(length)

/** An element of a matrix as a function of its place: what it holds is the same however it lies in memory. */
type Element = (row: number, column: number) => number

/** Numbers to multiply: operands, what results begin with, and how far from the exact result they may end. */
interface Material {
  readonly left: Element
  readonly right: Element
  readonly start: Element
  readonly allowed: (shape: MatrixShape) => number
}

// Small whole numbers: every partial sum is exact even in f16, so that any slip in a layout shows.
const whole: Material = {
  left: (row, column) => ((row * 7 + column * 3) % 7) - 3,
  right: (row, column) => ((row * 5 + column * 11) % 5) - 2,
  start: (row, column) => ((row + 2 * column) % 9) - 4,
  allowed: () => 0,
}

const scattered = (row: number, column: number, seed: number): number =>
  (((Math.imul(row * 131 + column * 17 + seed, 2654435761) >>> 0) % 2048) - 1024) / 1024

// Matrix units cut sums short of rounding; one that sums in fewer bits than it says is far off.
const fractions: Material = {
  left: (row, column) => scattered(row, column, 1),
  right: (row, column) => scattered(row, column, 2),
  start: () => 0,
  allowed: ({ sums, k }) => (sums === "f16" ? 2 ** -11 * k : 1e-5),
}

const materials: readonly Material[] = [whole, fractions]

const fill = (target: Numbers, place: Placed, element: Element): void => {
  for (let row = 0; row < place.rows; row++)
    for (let column = 0; column < place.columns; column++) target[positionOf(place, row, column)] = element(row, column)
}

const operandsOf = (shape: MatrixShape, material: Material): Numbers => {
  const given = zeros(shape.operands, operandElements(shape))
  for (const place of operandPlaces(shape)) fill(given, place, place.side === "left" ? material.left : material.right)
  return given
}

const startOf = (shape: MatrixShape, material: Material): Numbers => {
  const begin = zeros(shape.sums, resultElements(shape))
  for (const { result } of variantsOf(shape)) fill(begin, result, material.start)
  return begin
}

const exactAt = ({ k }: MatrixShape, { left, right, start }: Material, row: number, column: number): number => {
  let sum = 0
  for (let i = 0; i < k; i++) sum += left(row, i) * right(i, column)
  return start(row, column) + 2 * sum
}

/** The largest error of one variant's results, relative to the largest exact one. */
const errorOf = (shape: MatrixShape, material: Material, { result }: Variant, got: Numbers): number => {
  let [error, largest] = [0, 0]
  for (let row = 0; row < shape.m; row++)
    for (let column = 0; column < shape.n; column++) {
      const want = exactAt(shape, material, row, column)
      const apart = Math.abs(got[positionOf(result, row, column)]! - want)
      error = Number.isNaN(apart) ? Infinity : Math.max(error, apart)
      largest = Math.max(largest, Math.abs(want))
    }
  return error / largest
}

/** The first combination of orders whose results are wrong. Pure. */
const wrongVariant = (shape: MatrixShape, material: Material, got: Numbers): string | undefined => {
  const allowed = material.allowed(shape)
  const wrong = variantsOf(shape).find((variant) => !(errorOf(shape, material, variant, got) <= allowed))
  return wrong && `${wrong.left.order} · ${wrong.right.order} → ${wrong.result.order}`
}

/** Runs a test's shader: operands, and what the results begin with, to the results. */
export type RunProduct = (code: string, given: Numbers, begin: Numbers) => Promise<ArrayBuffer>

/** Whether a shape is right, read from everywhere in every order; what is wrong otherwise. */
export const wrongShape = async (
  shape: MatrixShape,
  spelling: MatrixSpelling,
  subgroupLargest: number,
  run: RunProduct,
): Promise<string | undefined> => {
  for (const home of homes)
    for (const material of materials) {
      const code = productShader(shape, spelling, home, subgroupLargest)
      const bytes = await run(code, operandsOf(shape, material), startOf(shape, material))
      const got = shape.sums === "f16" ? new Float16(bytes) : new Float32Array(bytes)
      const wrong = wrongVariant(shape, material, got)
      if (wrong !== undefined) return `${showShape(shape)} from ${home satisfies Home}, ${wrong}, is wrong`
    }
  return undefined
}

/** A shape for people: `16×8×16 f16 → f32`. */
export const showShape = ({ m, n, k, operands, sums }: MatrixShape): string => `${m}×${n}×${k} ${operands} → ${sums}`

const accepts = async (gpu: GPUDevice, code: string): Promise<boolean> => {
  gpu.pushErrorScope("validation")
  gpu.createShaderModule({ code })
  return (await gpu.popErrorScope()) === null
}

/** How the device's implementation spells matrices; undefined if in no known way. */
export const spellingOf = async (gpu: GPUDevice): Promise<MatrixSpelling | undefined> => {
  for (const spelling of matrixSpellings) if (await accepts(gpu, spellingProbe(spelling))) return spelling
  return undefined
}

const runOn =
  (gpu: GPUDevice): RunProduct =>
  async (code, given, begin) => {
    const [operands, results] = [bufferOfWords(gpu, given), bufferOfWords(gpu, begin)]
    try {
      const [after] = await runBound(gpu, code, [{ buffer: operands }, { buffer: results }], [results])
      return after!
    } finally {
      operands.destroy()
      results.destroy()
    }
  }

const messageOf = (error: unknown): string => (error instanceof Error ? error.message.split("\n")[0]! : String(error))

/** Products of matrix units against the host's: all shapes that the adapter lists, in all orders, from everywhere. */
export const testMatrices: SelfTest = async ({ gpu, matrixShapes, subgroups }) => {
  const spelling = await spellingOf(gpu)
  if (spelling === undefined) return { passed: false, found: "this implementation writes matrices in an unknown way" }
  if (matrixShapes.length === 0) return { passed: false, found: "the adapter lists no product of f16 or f32" }
  const wrong: string[] = []
  const shapes: MatrixShape[] = []
  for (const shape of matrixShapes) {
    const found = await wrongShape(shape, spelling, subgroups?.largest ?? 32, runOn(gpu)).catch(
      (error: unknown) => `${showShape(shape)}: ${messageOf(error)}`,
    )
    if (found === undefined) shapes.push(shape)
    else wrong.push(found)
  }
  const found = [...(shapes.length === 0 ? [] : [`${shapes.map(showShape).join(", ")} right`]), ...wrong].join("; ")
  return { passed: shapes.length > 0, found, ...(shapes.length > 0 ? { matrixUnits: { shapes, spelling } } : {}) }
}
