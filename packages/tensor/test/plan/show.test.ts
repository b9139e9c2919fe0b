import { describe, expect, it } from "vitest"
import {
  add,
  exp,
  matmul,
  mul,
  planOf,
  showPlan,
  sum,
  type KernelFacts,
  type Plan,
  type Tensor,
} from "../../src/index.ts"

const f32 = (...shape: number[]) => ({ shape, dtype: "f32" as const })

const plan: Plan = {
  name: "update",
  values: [
    { id: 0, spec: f32(8, 8), bytes: 256, storage: { kind: "input", path: "w" } },
    { id: 1, spec: f32(8, 64), bytes: 2048, storage: { kind: "input", path: "x" } },
    { id: 2, spec: f32(8, 8), bytes: 256, storage: { kind: "slot", slot: 0 } },
    { id: 3, spec: f32(8, 8), bytes: 256, storage: { kind: "donated", input: 0 } },
    { id: 4, spec: f32(), bytes: 16, storage: { kind: "output", path: "" } },
  ],
  steps: [
    {
      label: "contract",
      family: "contract",
      group: 0,
      wgsl: "one",
      bindings: [],
      textures: [0, 1],
      packed: [false, false],
      stages: [{ from: 1, texture: 0 }],
      params: [],
      grid: [4, 1],
      choice: { rows: 24, order: "rows" },
      flops: 8192,
      bytes: 4352,
      expectedSeconds: 2e-6,
      at: "gradient (train.ts:4:2)",
    },
    {
      label: "mul+add",
      family: "pointwise",
      group: 1,
      wgsl: "two",
      bindings: [],
      textures: [],
      packed: [],
      stages: [],
      params: [],
      grid: [32768, 3],
      choice: {},
      flops: 128,
      bytes: 768,
      expectedSeconds: 0,
      at: "update (train.ts:9:5)",
    },
  ],
  preparation: [],
  copies: [{ from: 2, to: 4 }],
  inputs: [
    { path: "w", value: 0, donated: true, frozen: false },
    { path: "x", value: 1, donated: false, frozen: false },
  ],
  outputs: [
    { path: "w", value: 3, spec: f32(8, 8) },
    { path: "", value: 4, spec: f32() },
  ],
  slotBytes: [256],
  textures: [{ value: 1, slot: 0, packed: false, width: 16, height: 8 }],
  textureSlots: [{ packed: false, width: 20, height: 8 }],
  notes: ["add f32[8] is stored: read by several kernels", "add f32[8] is stored: read by several kernels"],
  flops: 8320,
  peakBytes: 5648,
}

describe("a plan shown", () => {
  it("says what it takes, gives, does, keeps in memory and could not fuse", () => {
    expect(showPlan(plan)).toMatchInlineSnapshot(`
      "update: 2 dispatches of 2 pipelines, 8.32 kFLOP, 5 KiB moved

      takes
        w  f32[8, 8]   256 B  donated: an output takes its buffer over
        x  f32[8, 64]  2 KiB

      gives
        w         f32[8, 8]  256 B  in place of w
        (result)  f32[]       16 B  own buffer, filled by a copy at the end

      steps
        #  computes  family          FLOPs     moves  workgroups  choice                                     described at
        0  contract  contract   8.19 kFLOP  4.25 KiB           4  rows 24, order rows; 2 textures, 1 staged  gradient (train.ts:4:2)
        1  mul+add   pointwise    128 FLOP     768 B     32768×3                                             update (train.ts:9:5)

      memory
        inputs          2.25 KiB
        constants            0 B
        outputs             16 B
        between steps      256 B  1 values in 1 buffers
        textures         2.5 KiB  1 operands in 1 textures
        predicted peak  5.52 KiB  parameters of kernels included

      not fused
        add f32[8] is stored: read by several kernels (2 times)"
    `)
  })

  it("leaves positions out when asked", () => {
    expect(showPlan(plan, { positions: false })).not.toContain("train.ts")
  })

  it("names the fused ops of a real plan and why something was stored", () => {
    const limits: KernelFacts = {
      storageBuffers: 8,
      bindingBytes: 2 ** 27,
      workgroupsPerAxis: 65535,
      subgroupSize: 0,
      textureExtent: 0,
    }
    const program = ({ x, w }: { x: Tensor; w: Tensor }) => {
      const hidden = exp(add(matmul(x, w), 1))
      return { total: sum(hidden), square: mul(hidden, matmul(hidden, w)) }
    }
    const text = showPlan(planOf(program, { x: f32(16, 16), w: f32(16, 16) }, limits, { name: "two" }))
    expect(text).toMatch(/^two: \d+ dispatches of \d+ pipelines/)
    expect(text).toMatch(/contract\+add\+exp/)
    expect(text).toMatch(/not fused\n  \w+ f32\[16, 16\] is stored: /)
    expect(text).toContain("show.test.ts:")
  })
})
