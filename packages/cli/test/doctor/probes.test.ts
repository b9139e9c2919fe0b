import type { AdapterFacts, Device, HostArray } from "@diva/tensor"
import { describe, expect, it } from "vitest"
import { arithmeticProbes } from "../../src/doctor/arithmeticProbes.ts"
import { deviceProbes } from "../../src/doctor/deviceProbes.ts"
import { numberProbes } from "../../src/doctor/numberProbes.ts"
import type { Examination } from "../../src/doctor/examine.ts"
import { unusable, verdictOf } from "../../src/doctor/verdict.ts"
import { renderExamination } from "../../src/doctor/doctorReport.ts"
import { plain } from "../../src/text/style.ts"

/** A device that answers every program with zeros, and every upload with its first bit flipped. */
const wrongDevice = {
  compile: async (program: (args: unknown) => unknown, specs: Readonly<Record<string, unknown>>) => {
    const outputs = program(specs as never)
    return Object.assign(() => outputs, { dispose: () => {} })
  },
  put: (tree: { readonly sent: HostArray }) => {
    const data = Uint32Array.from(tree.sent.data)
    data[0] = data[0]! ^ 1
    return { sent: { ...tree.sent, data, [Symbol.dispose]: () => {} } }
  },
  read: async (tree: unknown) => {
    const zeros = { shape: [1], dtype: "f32", data: new Float32Array(1) }
    return typeof tree === "object" && tree !== null && "sent" in tree
      ? tree
      : "out" in (tree as object)
        ? { out: zeros }
        : zeros
  },
  live: (() => {
    let buffers = 0
    return () => ({ buffers: buffers++, bytes: 0 })
  })(),
} as unknown as Device

describe("every probe", () => {
  it.each([...arithmeticProbes, ...deviceProbes, ...numberProbes].map((probe) => [probe.name, probe] as const))(
    "(%s) says no to a device that computes wrongly",
    async (_name, probe) => {
      const finding = await probe.run(wrongDevice).catch(() => ({ passed: false }))
      expect(finding.passed).toBe(false)
    },
  )

  it.each([...arithmeticProbes, ...deviceProbes, ...numberProbes].map(({ name, remedy }) => [name, remedy] as const))(
    "(%s) has a remedy",
    (_name, remedy) => expect(remedy.length).toBeGreaterThan(20),
  )
})

describe("the verdict", () => {
  const machine = { diva: "1", node: { version: "24", platform: "linux", arch: "x64" }, packages: {} }
  const adapter: AdapterFacts = {
    vendor: "v",
    architecture: "a",
    device: "",
    description: "d",
    isSoftware: false,
    features: [],
    limits: {},
    subgroups: null,
    matrixUnits: null,
    readableTextures: false,
    clampsIndices: true,
  }
  const good = { name: "sum", passed: true, measured: "fine" }
  const bad = { name: "product", passed: false, measured: "error 1", remedy: "update the driver" }

  it("is ready when every probe passes on hardware, and slow on software", () => {
    expect(verdictOf({ ...machine, adapter, probes: [good] })).toBe("ready")
    expect(verdictOf({ ...machine, adapter: { ...adapter, isSoftware: true }, probes: [good] })).toBe("ready, slow")
  })

  it("is unusable when one fails, and its remedy is shown", () => {
    const examination: Examination = { ...machine, adapter, probes: [good, bad] }
    expect(verdictOf(examination)).toBe("unusable")
    expect(unusable(examination)).toMatchObject({
      rule: expect.stringContaining("product"),
      remedy: "update the driver",
    })
    expect(renderExamination(examination, plain)).toContain("FAIL  product  error 1\n        try  update the driver")
  })

  it("comes with what became of features and what the adapter reaches", () => {
    const text = renderExamination(
      {
        ...machine,
        adapter,
        probes: [good],
        features: [
          { feature: "subgroups", state: "in use", found: "12 operations right", remembered: true },
          { feature: "shader-f16", state: "wrong", found: "the number 1 is not kept", remembered: false },
        ],
        speed: {
          copyBytesPerSecond: 4.29e12,
          fmaFlopsPerSecond: 65.6e12,
          matrices: [{ shape: { m: 16, n: 8, k: 16, operands: "f16", sums: "f32" }, flopsPerSecond: 4.5e14 }],
        },
      },
      plain,
    )
    expect(text).toMatch(/subgroups +in use +12 operations right \(tested before\)/)
    expect(text).toMatch(/shader-f16 +WRONG, not used +the number 1 is not kept/)
    expect(text).toMatch(/copy +4.29 TB\/s/)
    expect(text).toMatch(/multiply-add +65.6 TFLOP\/s/)
    expect(text).toMatch(/matrices 16×8×16 f16 → f32 +450 TFLOP\/s/)
  })

  it("is unusable without an adapter", () => {
    const failure = { tag: "DeviceUnavailable", problem: "no adapter", remedy: "install one", exitCode: 4 }
    const examination: Examination = { ...machine, adapter: failure, probes: [good] }
    expect(verdictOf(examination)).toBe("unusable")
    expect(renderExamination(examination, plain)).toContain("try  install one")
  })
})
