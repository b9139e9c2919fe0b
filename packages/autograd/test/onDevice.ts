import { expect } from "vitest"
import { input, interpret, type Device, type HostArray, type Spec, type Tensor } from "@diva/tensor"

/** A function of arrays with numbers to try it on. */
export interface Trial {
  readonly title: string
  readonly values: readonly HostArray[]
  readonly f: (xs: readonly Tensor[]) => readonly Tensor[]
}

const specsOf = (arrays: readonly HostArray[]): readonly Spec[] => arrays.map(({ shape, dtype }) => ({ shape, dtype }))

const largest = ({ data }: HostArray): number =>
  Array.from(data, Math.abs).reduce((a, b) => (Number.isFinite(b) ? Math.max(a, b) : a), 0)

const wanted = ({ values, f }: Trial): readonly HostArray[] => {
  const leaves = specsOf(values).map((spec, i) => input(spec, `x${i}`))
  const given = new Map(values.map((value, i) => [`x${i}`, value] as const))
  return interpret(f(leaves), given, { precision: "f64" })
}

/** Runs trials as one program and expects what the reference computes in f64, relative to each result's largest element. */
export const expectOnDevice = async (device: Device, trials: readonly Trial[]): Promise<void> => {
  const program = (args: readonly (readonly Tensor[])[]) => trials.map(({ f }, i) => f(args[i]!))
  using compiled = await device.compile(program, trials.map(({ values }) => specsOf(values)) as never)
  const results = await device.read(compiled(trials.map(({ values }) => values) as never))
  trials.forEach((trial, i) => {
    const [got, want] = [results[i]!, wanted(trial)]
    expect(got.length, trial.title).toBe(want.length)
    // Directions into an f16 are rounded to it on the device; the reference computes in f64 throughout.
    const rounds = [...want, ...trial.values].some(({ dtype }) => dtype === "f16")
    want.forEach((each, k) => expectNear(`${trial.title}, result ${k}`, got[k]!, each, rounds ? 2e-3 : 2e-5))
  })
}

const expectNear = (title: string, got: HostArray, want: HostArray, tolerance: number): void => {
  expect([got.shape, got.dtype], title).toEqual([want.shape, want.dtype])
  const allowed = tolerance * Math.max(largest(want), 1e-3)
  want.data.forEach((value, i) => {
    const x = got.data[i]!
    const same = x === value || (Number.isNaN(x) && Number.isNaN(value)) || Math.abs(x - value) <= allowed
    expect(same, `${title}, element ${i}: ${x} instead of ${value}`).toBe(true)
  })
}
