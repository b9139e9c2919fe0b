import * as E from "fp-ts/lib/Either.js"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openDevice, type Device } from "../../src/device/open.ts"
import { hostZeros, isFloating, type DType } from "../../src/dtype/dtype.ts"
import { applyOp } from "../../src/graph/graph.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { interpret } from "../../src/graph/interpret.ts"
import type { Attributes, Op } from "../../src/op/op.ts"
import type { HostArray } from "../../src/host/array.ts"
import { divOp } from "../../src/ops/div.ts"
import { fill as constantOf } from "../../src/ops/fill.ts"
import { input } from "../../src/ops/input.ts"
import { ops } from "../../src/ops/registry.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

const ends = [NaN, Infinity, -Infinity, 0, -0]
const wide = [1, -1, 0.5, -2.5, 3, -8, 1e-30, 3e38, -3e38, 1e10, 2147483648, 16777217]

const special: Readonly<Record<DType, readonly number[]>> = {
  f32: [...ends, ...wide],
  f16: [...ends, 1, -1, 0.5, -2.5, 3, -8, 65504, -65504, 2 ** -14],
  i32: [0, 1, -1, 2, -7, 31, 2147483647, -2147483648, -2147483647],
  u32: [0, 1, 2, 7, 31, 32, 2147483648, 4294967295],
  bool: [0, 1],
}

/** Every combination of special numbers, one array per input. */
const combinations = (types: readonly DType[]): readonly HostArray[] => {
  const size = types.reduce((product, dtype) => product * special[dtype].length, 1)
  let repeated = size
  return types.map((dtype) => {
    const values = special[dtype]
    repeated /= values.length
    const data = hostZeros(dtype, size)
    for (let i = 0; i < size; i++) data[i] = values[Math.floor(i / repeated) % values.length]!
    return { shape: [size], dtype, data }
  })
}

interface Case {
  readonly op: Op
  readonly attributes: Attributes
  readonly given: readonly HostArray[]
}

const retyped = (types: readonly DType[], from: DType, to: DType): readonly DType[] =>
  types.map((dtype) => (dtype === from ? to : dtype))

const pointwise = ops.filter(({ lowering }) => lowering.kind === "pointwise")

// The types of an op's samples, and those with every other type in the place of the first's.
const casesOf = (op: Op): readonly Case[] => {
  const signatures = new Map<string, Case>()
  for (const { inputs, attributes } of op.samples) {
    const types = inputs.map(({ dtype }) => dtype)
    const main = types.at(-1)!
    for (const dtype of ["f32", "f16", "i32", "u32", "bool"] as const) {
      const given = combinations(retyped(types, main, dtype))
      const key = `${given.map((one) => one.dtype).join()} ${JSON.stringify(attributes)}`
      if (E.isRight(op.gives(given, attributes))) signatures.set(key, { op, attributes, given })
    }
  }
  return [...signatures.values()]
}

const described = ({ op, attributes }: Case, inputs: readonly Tensor[]): Tensor => applyOp(op, inputs, attributes)

const expected = (one: Case): HostArray => {
  const inputs = one.given.map(({ shape, dtype }, i) => input({ shape, dtype }, `x${i}`))
  return interpret(described(one, inputs), new Map(one.given.map((value, i) => [`x${i}`, value])))
}

const smallest = 2 ** -126

// A few units in the last place; results below the smallest normal number may be 0.
const agree = (got: number, want: number, dtype: DType): boolean =>
  got === want ||
  (Number.isNaN(got) && Number.isNaN(want)) ||
  (isFloating(dtype) && Math.abs(got - want) <= (dtype === "f16" ? 1e-3 : 5e-7) * Math.abs(want)) ||
  (isFloating(dtype) && Math.abs(want) <= smallest && Math.abs(got) <= smallest)

const differences = ({ op, given }: Case, got: HostArray, want: HostArray): readonly string[] =>
  Array.from(want.data).flatMap((value, i) =>
    agree(got.data[i]!, value, want.dtype)
      ? []
      : [`${op.name}(${given.map(({ data }) => data[i]).join(", ")}) of ${want.dtype}: ${got.data[i]}, not ${value}`],
  )

const results = async (cases: readonly Case[], on: Device): Promise<readonly HostArray[]> => {
  const specs = cases.map(({ given }) => given.map(({ shape, dtype }) => ({ shape, dtype })))
  using compiled = await on.compile(
    (args: readonly (readonly Tensor[])[]) => cases.map((one, i) => described(one, args[i]!)),
    specs,
  )
  return (await on.read(compiled(cases.map(({ given }) => given)))) as unknown as readonly HostArray[]
}

const expectAgreement = async (cases: readonly Case[], on: Device = device): Promise<void> => {
  expect(cases.length).toBeGreaterThan(0)
  const got = await results(cases, on)
  expect(cases.flatMap((one, i) => differences(one, got[i]!, expected(one)))).toEqual([])
}

it.each(pointwise)("$name gives the reference's result for every combination of special numbers", (op) =>
  expectAgreement(casesOf(op)),
)

it("division as GPUs need it, by divisors made smaller, gives the reference's result for every combination", async () => {
  await using other = await openDevice({ planFor: { isSoftware: false } })
  await expectAgreement(casesOf(divOp), other)
})

// An op of one input, the other being a constant of its program: what compilers know they may fold.
const withConstant = (op: Op, value: number, first: boolean): Op => ({
  ...op,
  name: `${op.name} with ${first ? "first" : "second"} ${value}`,
  lowering: { kind: "alias" },
  cpu: ([x], output) => {
    const constant = { ...x!, data: hostZeros(x!.dtype, x!.data.length).fill(value) as HostArray["data"] }
    op.cpu(first ? [constant, x!] : [x!, constant], output, {})
  },
})

const binary = pointwise.filter(
  ({ samples, shows }) => samples[0]!.inputs.length === 2 && (shows[0]!.inputs[0]!.dtype ?? "f32") === "f32",
)

it.each(binary)("$name of a special number that is written down gives the reference's result", async (op) => {
  const [x] = combinations(["f32"]) as readonly [HostArray]
  const forms = [...ends, 1, -2.5].flatMap((value) => [true, false].map((first) => ({ value, first })))
  using compiled = await device.compile(
    ({ x }: { readonly x: Tensor }) =>
      forms.map(({ value, first }) => {
        const constant = constantOf(x.shape, value)
        return applyOp(op, first ? [constant, x] : [x, constant], {})
      }),
    { x: { shape: x.shape, dtype: x.dtype } },
  )
  const got = (await device.read(compiled({ x }))) as unknown as readonly HostArray[]
  const found = forms.flatMap(({ value, first }, i) => {
    const named = withConstant(op, value, first)
    const output = { shape: x.shape, dtype: got[i]!.dtype, data: hostZeros(got[i]!.dtype, x.data.length) }
    named.cpu([x], output, {})
    return differences({ op: named, attributes: {}, given: [x] }, got[i]!, output)
  })
  expect(found).toEqual([])
})
