import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  add,
  gelu,
  input,
  interpret,
  layerNorm,
  matmul,
  permute,
  softmax,
  sum,
  transpose,
  type Choice,
  type Decision,
  type HostArray,
  type Shape,
  type Tensor,
} from "../../src/index.ts"
import { openGuarded, type GuardedDevice } from "../device/guardedDevice.ts"
import { noise } from "../convolutionCases.ts"
import { ranAsGpu } from "./ranAsGpu.ts"

type Args = Readonly<Record<"x" | "w" | "scale" | "shift" | "residual", Tensor>>
type Program = (args: Args) => Readonly<Record<string, Tensor>>

const shapes: Readonly<Record<keyof Args, Shape>> = {
  x: [70, 300],
  w: [300, 68],
  scale: [68],
  shift: [68],
  residual: [70, 68],
}
const specs = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "f32" as const }]),
) as Readonly<Record<keyof Args, { readonly shape: Shape; readonly dtype: "f32" }>>

/** Sums in two parts wherever there is such a choice; others by single invocations, which compile in a fraction of a tile's time. */
const inTwo = ({ candidates, others }: Decision): Choice => {
  const all = [...candidates, ...others]
  return (
    all.find(({ way, rows, parts }) => way === "split" && rows === 32 && parts === 2) ??
    all.find(({ way }) => way === "registers") ??
    candidates[0]
  )
}

let guarded: GuardedDevice
beforeAll(async () => {
  guarded = await openGuarded({
    planFor: {
      isSoftware: false,
      textureExtent: 0,
      workgroupMemory: 16_384,
      invocations: 256,
      f16: false,
    },
    choose: inTwo,
  })
})
afterAll(() => guarded.close())

const given = Object.fromEntries(
  Object.entries(shapes).map(([name, shape], i) => [name, noise(shape, i + 1)]),
) as Readonly<Record<keyof Args, HostArray>>

/** Labels of the dispatches of a program whose results were right. */
const ran = async (program: Program): Promise<readonly string[]> =>
  (await ranAsGpu(guarded, { shapes, results: program })).labels

// Those of two sums that one reader adds are a long test.
describe("parts of a sum", () => {
  it("are added by what is computed from it element by element", async () => {
    const labels = await ran(({ x, w, shift }) => ({ y: gelu(add(matmul(x, w), shift)) }))
    expect(labels).toHaveLength(2)
    expect(labels[0]).toBe("contract (parts)")
  })

  it("are added by a norm of it, which stores what others read of it", async () => {
    const labels = await ran(({ x, w, scale, shift, residual }) => {
      const sums = add(add(matmul(x, w), shift), residual)
      const normal = layerNorm(sums, { weight: scale, bias: shift })
      return { y: matmul(normal, transpose(residual)), z: matmul(sums, transpose(residual)) }
    })
    expect(labels.filter((label) => label.includes("sumOfParts"))).toEqual([])
    expect(labels.filter((label) => label.includes("(parts)"))).toHaveLength(1)
    expect(labels).toHaveLength(4)
  })

  it("are added once where several kernels read the sum, or one in another order", async () => {
    const labels = await ran(({ x, w, residual }) => {
      const product = matmul(x, w)
      return {
        turned: add(permute(product, [1, 0]), 1),
        folded: sum(product, { axis: 0 }),
        chained: matmul(product, transpose(residual)),
        soft: softmax(product),
      }
    })
    expect(labels.filter((label) => label.includes("sumOfParts"))).toEqual(["sumOfParts"])
  })

  it("are added by a sum over them that is their only reader", async () => {
    expect(await ran(({ x, w }) => ({ folded: sum(matmul(x, w), { axis: 0 }) }))).toEqual(["contract (parts)", "sum"])
  })

  it("are added in the place of a donated sum", async () => {
    const program = ({ x, w, residual }: Args) => ({ residual: add(residual, matmul(x, w)) })
    using compiled = await guarded.device.compile(program, specs, { donate: ["residual"] })
    const held = guarded.device.put(given.residual)
    const got = (await guarded.device.read(compiled({ ...given, residual: held } as never))) as {
      readonly residual: HostArray
    }
    const inputs = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, input(spec, name)]))
    const want = interpret(program(inputs as unknown as Args).residual, new Map(Object.entries(given)))
    want.data.forEach((value, i) => expect(got.residual.data[i]).toBeCloseTo(value, 4))
    expect(await guarded.harm()).toEqual([])
  })
})
