import { expect, it } from "vitest"
import { matmul, relu, type Choice, type Decision, type KernelFacts, type Precision } from "../../src/index.ts"
import { openGuarded } from "../device/guardedDevice.ts"
import { factsForTokens } from "../way/matrixAttentionCases.ts"
import { ranAsGpu } from "./ranAsGpu.ts"
import { attentionShapes, gradientInAll, sideBySide } from "./sideBySideProgram.ts"

const multiplyAdds: Partial<KernelFacts> = {
  isSoftware: false,
  textureExtent: 0,
  workgroupMemory: 16_384,
  invocations: 256,
  f16: false,
}

const whole =
  (wanted: string) =>
  ({ candidates, others, family }: Decision): Choice =>
    [...candidates, ...others].find(
      ({ way, parts }) => way === (family === "contract" ? "registers" : wanted) && (parts ?? 1) === 1,
    ) ?? candidates[0]

it.each<[way: string, facts: Partial<KernelFacts>, precision: Precision, within: number]>([
  ["workgroup", multiplyAdds, "highest", 2e-5],
  ["shuffled", { ...multiplyAdds, workgroupMemory: 49_152 }, "highest", 2e-5],
  ["matrixHalf", factsForTokens("nvidia"), "medium", 4e-3],
  ["matrixSplit", factsForTokens("nvidia"), "high", 2e-5],
])("the gradients of queries, keys and values by %s lie side by side", async (way, facts, precision, within) => {
  const guarded = await openGuarded({ planFor: facts, choose: whole(way) })
  const { plan } = await ranAsGpu(guarded, {
    precision,
    within,
    shapes: attentionShapes,
    results: (inputs) => ({ y: matmul(gradientInAll(inputs), inputs["w"]!) }),
  })
  await guarded.close()
  const gradients = plan.steps
    .flatMap((step) => step.together ?? [step])
    .filter(({ family }) => family.startsWith("attention"))
  expect(gradients.map(({ choice }) => choice["way"])).toEqual([way, way])
  expect(gradients.every(({ bindings }) => bindings.some(({ isPart }) => isPart))).toBe(true)
})

it("products store whole vectors side by side", async () => {
  const choose = ({ candidates, others }: Decision): Choice =>
    [...candidates, ...others].find(({ way, rows, columns }) => way === "workgroup" && rows === 32 && columns === 32) ??
    candidates[0]
  const guarded = await openGuarded({ planFor: multiplyAdds, choose })
  const { plan, labels } = await ranAsGpu(guarded, {
    shapes: { a: [35, 20], b: [35, 21], u: [20, 36], v: [21, 40], r: [76, 9] },
    results: ({ a, b, u, v, r }) => ({ y: matmul(sideBySide([matmul(a, u), relu(matmul(b, v))]), r) }),
  })
  await guarded.close()
  expect(labels).toEqual(["contract", "contract+lessEqual+select", "contract"])
  expect(plan.steps).toHaveLength(2)
  expect(plan.steps[0]!.wgsl).toMatch(/array<vec4<f32>>/)
})
