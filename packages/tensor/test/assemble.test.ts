import { expect, it } from "vitest"
import { assembleKernel } from "../src/kernels/dispatch/assemble.ts"
import { bindingFor } from "../src/kernels/dispatch/kernel.ts"
import type { KernelFacts } from "../src/adapter/kernelFacts.ts"
import { input } from "../src/ops/input.ts"
import { canonicalNames } from "../src/plan/canonicalNames.ts"

const limits: KernelFacts = {
  storageBuffers: 8,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65_535,
  subgroupSize: 0,
  textureExtent: 0,
}

const [x, y, out] = ["x", "y", "out"].map((name) => input({ shape: [64], dtype: "f32" }, name))

/** A kernel that divides x by y, whose inputs a group lists as `reads`. */
const quotient = (reads: readonly ["in0" | "in1", "in0" | "in1"]) =>
  assembleKernel({
    label: "div",
    family: "pointwise",
    bindings: [
      { buffer: reads[0] === "in0" ? x! : y!, binding: bindingFor(x!, "in0", "read", limits) },
      { buffer: reads[0] === "in0" ? y! : x!, binding: bindingFor(y!, "in1", "read", limits) },
      { buffer: out!, binding: bindingFor(out!, "out", "write", limits) },
    ],
    params: { size: 64 },
    functions: [],
    code: `fn element(i: u32) -> f32 { return load_${reads[0]}(i) / load_${reads[1]}(i); }`,
    elements: 64,
    workgroupSize: 64,
    main: "let i = group * 64u + lane; if (i < params.size) { store_out(i, element(i)); }",
    workgroups: 1,
    choice: {},
  })

it("inputs are bound in the order the code reads them, so that the order of a program's nodes makes no other pipeline", () => {
  const [first, second] = [quotient(["in0", "in1"]), quotient(["in1", "in0"])]
  expect(canonicalNames(second.wgsl)).toBe(canonicalNames(first.wgsl))
  for (const { bindings } of [first, second]) expect(bindings.map(({ buffer }) => buffer)).toEqual([x, y, out])
})
