import { expect, it } from "vitest"
import { attempt, neg, shiftLeft, zeros, type Tensor } from "@diva/tensor"
import { traceProgram } from "../../src/device/programs/compile.ts"

it("an option that compile does not have is refused with the nearest name", () => {
  const spec = { x: { shape: [2], dtype: "f32" } } as const
  const program = ({ x }: { readonly x: Tensor }): Tensor => neg(x)
  expect(() => traceProgram(program, spec, { donated: ["x"] } as never)).toThrow(
    /no option donated[^]*did you mean donate/,
  )
  expect(traceProgram(program, spec, { name: "negated" }).name).toBe("negated")
})

it("an op of bits proposes a cast to bits", () => {
  const shifted = attempt(() => shiftLeft(zeros([2], "i32"), zeros([2], "i32")))
  expect("left" in shifted && shifted.left.remedy).toMatch(/cast\(x, "u32"\)/)
})
