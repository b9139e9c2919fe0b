import { expect, it } from "vitest"
import { add, matmul, openDevice, transpose, type KernelFacts, type Precision } from "../../src/index.ts"
import { computed, factsWith, picking, type MatrixCase } from "./matrixCases.ts"

/** Multiply-adds in as much workgroup memory as cards have. */
const multiplyAdds: Partial<KernelFacts> = {
  isSoftware: false,
  textureExtent: 0,
  workgroupMemory: 49_152,
  invocations: 256,
  f16: false,
}

const layouts: Readonly<Record<string, MatrixCase["program"]>> = {
  "a·bᵀ + c": ({ a, b, c }) => add(matmul(a!, transpose(b!)), c!),
  "aᵀ·b + c": ({ a, b, c }) => add(matmul(transpose(a!), b!), c!),
}

// One to two tiles of 144 rows and two of 64 columns, ± 1; the last ones by whole vectors.
const sizes = [
  [143, 63, 35],
  [145, 65, 33],
  [257, 129, 16],
  [288, 64, 20],
  [257, 132, 36],
] as const

const shapesOf = (name: string, [m, n, k]: (typeof sizes)[number]): MatrixCase["shapes"] =>
  name.startsWith("aᵀ") ? { a: [k, m], b: [k, n], c: [n] } : { a: [m, k], b: [n, k], c: [n] }

it.each<[way: string, layout: string, facts: Partial<KernelFacts>, precision: Precision, most: number]>([
  ["workgroup", "a·bᵀ + c", multiplyAdds, "highest", 2e-6],
  ["workgroup", "aᵀ·b + c", multiplyAdds, "highest", 2e-6],
  ["matrixHalf", "a·bᵀ + c", factsWith("nvidia", { writesMatricesOut: true, workgroupMemory: 49_152 }), "medium", 1e-3],
])("tiles of 144 rows by %s compute %s of any size", async (way, layout, facts, precision, most) => {
  const picker = picking(way)
  picker.isWanted = ({ rows, parts }) => rows === 144 && (parts ?? 1) === 1
  await using device = await openDevice({ planFor: facts, choose: picker.choose })
  // Matrix operations written out take minutes to compile, and long to run.
  for (const size of way === "workgroup" ? sizes : sizes.slice(1, 2)) {
    const one = { program: layouts[layout]!, shapes: shapesOf(layout, size) }
    const { error, steps } = await computed(device, one, precision)
    expect(steps.map(({ choice }) => [choice.way, choice["rows"]])).toContainEqual([way, 144])
    expect(error, size.join("×")).toBeLessThan(most)
  }
})
