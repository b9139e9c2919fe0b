import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { knownAdapters, matmul, planOf, type Choice, type Decision, type Tensor } from "../../src/index.ts"
import { placeText } from "../../src/codegen/placement.ts"
import { openGuarded, type GuardedDevice } from "../device/guardedDevice.ts"
import { ranAsGpu } from "./ranAsGpu.ts"
import { all, attentionShapes, batch, gradientInAll, sideBySide, tokens } from "./sideBySideProgram.ts"

let guarded: GuardedDevice
beforeAll(async () => {
  // Kernels that compile fast.
  const choose = ({ candidates, others }: Decision): Choice =>
    [...candidates, ...others].find(({ way }) => way === "registers") ?? candidates[0]
  const planFor = { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384, invocations: 256, f16: false }
  guarded = await openGuarded({ planFor, choose })
})
afterAll(() => guarded.close())

describe("what only puts together what others have made", () => {
  it("is stored by them: the gradients of queries, keys and values in one launch, side by side", async () => {
    const { plan, labels } = await ranAsGpu(guarded, {
      shapes: attentionShapes,
      results: (inputs) => ({ y: matmul(gradientInAll(inputs), inputs["w"]!) }),
      within: 2e-5,
    })
    expect(labels).toHaveLength(4)
    expect(plan.steps).toHaveLength(3)
    const stored = plan.steps[1]!.bindings.filter(({ access }) => access !== "read")
    expect(stored).toHaveLength(1)
    expect(plan.values[stored[0]!.value]!.spec.shape).toEqual([batch, tokens, 3 * all])
  })

  it("keeps one magnitude, which both raise", () => {
    const specs = Object.fromEntries(
      Object.entries(attentionShapes).map(([name, shape]) => [name, { shape, dtype: "f32" as const }]),
    )
    const program = (inputs: Readonly<Record<string, Tensor>>): Tensor => matmul(gradientInAll(inputs), inputs["w"]!)
    const large = { ...specs, w: { shape: [3 * all, 512], dtype: "f32" as const } }
    const { steps } = planOf(program, large, knownAdapters["nvidia-h200"], { precision: "medium" })
    const last = steps.at(-1)!
    const peaks = (step: typeof last) => step.bindings.filter(({ access }) => access === "peak")
    expect(last.label).toBe("contract")
    expect(steps.filter((step) => peaks(step).length > 0).flatMap((step) => step.together ?? [step])).not.toEqual([])
    const gradients = steps
      .flatMap((step) => step.together ?? [step])
      .filter(({ family }) => family.startsWith("attention"))
    expect(gradients).toHaveLength(2)
    expect(new Set(gradients.map((step) => peaks(step)[0]!.value)).size).toBe(1)
  })

  it.each([
    ["others read a part of it", 36, true],
    ["parts begin within a vector", 35, false],
  ])("has a kernel of its own where %s", (_name, columns, isRead) => {
    const f32 = (...shape: number[]) => ({ shape, dtype: "f32" as const })
    const { steps } = planOf(
      ({ a, b, u, v, r, s }: Readonly<Record<"a" | "b" | "u" | "v" | "r" | "s", Tensor>>) => {
        const left = matmul(a, u)
        const y = matmul(sideBySide([left, matmul(b, v)]), r)
        return isRead ? [y, matmul(left, s)] : [y]
      },
      {
        a: f32(35, 20),
        b: f32(35, 21),
        u: f32(20, columns),
        v: f32(21, 40),
        r: f32(columns + 40, 9),
        s: f32(columns, 10),
      },
      knownAdapters["nvidia-h200"],
    )
    const labels = steps.flatMap(({ together, label }) => together?.map((each) => each.label) ?? [label])
    expect(labels.filter((label) => label.includes("pad"))).toHaveLength(1)
  })
})

it("places in WGSL follow from shape, strides and offset, by elements and by vectors", () => {
  const place = { shape: [2, 3, 8], strides: [40, 80, 1], offset: 16 }
  const at = (i: number, width: 1 | 4): number =>
    Function(
      "i",
      `return ${placeText(place, "i", width)
        .replaceAll(/(\d)u/g, "$1")
        .replaceAll(/\((i \/ \d+)\)/g, "Math.floor($1)")}`,
    )(i) as number
  const wanted = Array.from(
    { length: 48 },
    (_, i) => 16 + Math.floor(i / 24) * 40 + (Math.floor(i / 8) % 3) * 80 + (i % 8),
  )
  expect(wanted.map((_, i) => at(i, 1))).toEqual(wanted)
  const vectors = wanted.filter((_, i) => i % 4 === 0)
  expect(vectors.map((_, i) => at(i, 4))).toEqual(vectors.map((want) => want / 4))
})
