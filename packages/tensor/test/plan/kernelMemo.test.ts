import { describe, expect, it } from "vitest"
import type { Tensor } from "../../src/graph/tensor.ts"
import { kernelsFor } from "../../src/kernels/families.ts"
import { planningFor } from "../../src/plan/planning.ts"
import type { KernelFacts } from "../../src/adapter/kernelFacts.ts"
import { attention } from "../../src/ops/attention.ts"
import { add } from "../../src/ops/add.ts"
import { bitXor } from "../../src/ops/bitXor.ts"
import { constant, input } from "../../src/ops/input.ts"
import { cast } from "../../src/ops/cast.ts"
import { conv2d } from "../../src/ops/conv2d.ts"
import { gelu } from "../../src/ops/gelu.ts"
import { layerNorm } from "../../src/ops/layerNorm.ts"
import { iota } from "../../src/ops/iota.ts"
import { linear } from "../../src/ops/linear.ts"
import { mul } from "../../src/ops/mul.ts"
import { reshape } from "../../src/ops/reshape.ts"
import { canonicalNames } from "../../src/plan/canonicalNames.ts"
import { rememberedKernels } from "../../src/plan/kernelMemo.ts"
import { fuseProgram } from "../../src/plan/planProgram.ts"

const portable: KernelFacts = {
  storageBuffers: 8,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65_535,
  subgroupSize: 0,
  textureExtent: 0,
}

const software: KernelFacts = {
  ...portable,
  storageBuffers: 16,
  subgroupSize: 8,
  textureExtent: 16_384,
  isSoftware: true,
}

const weight = (name: string, ...shape: readonly number[]): Tensor => input({ shape, dtype: "f32" }, name)

const block = (x: Tensor, name: string): Tensor => {
  const normal = layerNorm(x, { weight: weight(`${name}.g`, 64), bias: weight(`${name}.b`, 64), eps: 1e-5 })
  const heads = reshape(linear(normal, weight(`${name}.q`, 64, 64)), [1, 1, 64, 64])
  const attended = reshape(attention(heads, heads, heads), [64, 64])
  const wide = gelu(linear(add(x, attended), weight(`${name}.w`, 256, 64), weight(`${name}.c`, 256)))
  const image = conv2d(reshape(wide, [1, 64, 16, 16]), weight(`${name}.k`, 64, 64, 3, 3), { padding: 1 })
  return linear(reshape(image, [64, 256]), weight(`${name}.o`, 64, 256))
}

const deep = (): Tensor => ["first", "second", "third"].reduce(block, weight("x", 64, 64))

describe.each([
  ["portable limits", portable],
  ["a software adapter's limits", software],
] as const)("kernels of groups that are alike, for %s", (_name, limits) => {
  it("are those that would be written anew, on the tensors of each", () => {
    const kernels = rememberedKernels(planningFor(limits))
    for (const group of fuseProgram([deep()], planningFor(limits)).groups)
      expect(kernels(group, null)).toEqual(
        kernelsFor(group, planningFor(limits), null).map((kernel) => ({
          ...kernel,
          wgsl: canonicalNames(kernel.wgsl),
        })),
      )
  })

  it("are written once", () => {
    const decided = new Map<string, number>()
    const counting = planningFor(limits, {
      choose: ({ family, problem, candidates }) => {
        decided.set(`${family} ${problem}`, (decided.get(`${family} ${problem}`) ?? 0) + 1)
        return candidates[0]
      },
    })
    const kernels = rememberedKernels(counting)
    const groups = fuseProgram([deep()], counting).groups
    const written = groups.map((group) => kernels(group, null)[0]!.wgsl)
    expect(new Set(written).size).toBeLessThan(groups.length / 2)
    for (const [, times] of decided) expect(times).toBeLessThan(3)
  })
})

it("kernels that hold different numbers are no copies of each other", () => {
  const x = weight("x", 300)
  const kernels = rememberedKernels(planningFor(portable))
  const texts = [2, 3, constant([1, 2, 3], [3, 1])].map((factor) => {
    const [group] = fuseProgram([mul(reshape(x, [3, 100]), factor)], planningFor(portable)).groups
    return kernels(group!, null)[0]!
  })
  expect(new Set(texts.map(({ wgsl, params }) => JSON.stringify([wgsl, params]))).size).toBe(3)
  const [first] = fuseProgram([mul(weight("y", 3, 100), 2)], planningFor(portable)).groups
  const [second] = fuseProgram([mul(weight("z", 3, 100), 2)], planningFor(portable)).groups
  expect(kernels(first!, null)[0]!.bindings[0]!.buffer).toBe(first!.reads[0])
  expect(kernels(second!, null)[0]!.bindings[0]!.buffer).toBe(second!.reads[0])
})

it("names in a shader are numbered in order of appearance, and nothing else is renamed", () => {
  const text = (input: number, window: string, value: number): string =>
    `var b_in${input}${window}: f32; fn load4_in${input}${window}(i: u32) { let v${value + 2} = min3(b_in${input}${window}); ` +
    `let origin2 = v${value + 2} + v${value}; let vec4 = in${input}; }`
  expect(canonicalNames(text(3, "", 17))).toBe(
    "var b_in0: f32; fn load4_in0(i: u32) { let v0 = min3(b_in0); let origin2 = v0 + v1; let vec4 = in0; }",
  )
  expect(canonicalNames(text(5, "_1", 4))).toBe(canonicalNames(text(0, "_1", 8)))
  const swapped = "let v1 = load_in2(0u); let v0 = load_in1(v1);"
  expect(canonicalNames(swapped)).toBe("let v0 = load_in0(0u); let v1 = load_in1(v0);")
})

it("names declared anew in an inner block are numbered as names of their own", () => {
  const text = (inner: number) =>
    `{ let v3 = a; { let v${inner} = b; use(v${inner}); } { let v3 = c; use(v3); } use(v3); }`
  expect(canonicalNames(text(3))).toBe("{ let v0 = a; { let v1 = b; use(v1); } { let v2 = c; use(v2); } use(v0); }")
  expect(canonicalNames(text(3))).toBe(canonicalNames(text(5)))
})

it("integers filled in are parameters, whatever they are", () => {
  const texts = [0, 1, 7].map((value) => {
    const filled = cast(bitXor(iota([1000], 0, "u32"), value), "f32")
    const [group] = fuseProgram([add(filled, weight("x", 1000))], planningFor(portable)).groups
    return rememberedKernels(planningFor(portable))(group!, null)[0]!.wgsl
  })
  expect(new Set(texts).size).toBe(1)
})
