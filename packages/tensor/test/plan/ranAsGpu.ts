import { expect } from "vitest"
import { input, interpret, type HostArray, type Precision, type Shape, type Tensor } from "../../src/index.ts"
import { noise } from "../convolutionCases.ts"
import type { GuardedDevice } from "../device/guardedDevice.ts"
import { separateSteps } from "./separateSteps.ts"
import { leaveKernelsAsWritten } from "../device/asWritten.ts"

leaveKernelsAsWritten()

/** A program of named f32 inputs, for kernels of another adapter than the one that runs them. */
export interface NamedProgram<Name extends string> {
  readonly shapes: Readonly<Record<Name, Shape>>
  readonly results: (inputs: Readonly<Record<Name, Tensor>>) => Readonly<Record<string, Tensor>>
  readonly precision?: Precision
  /** Largest error, relative to the largest number of a result. Default: f32's rounding. */
  readonly within?: number
}

const specsOf = (shapes: Readonly<Record<string, Shape>>) =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "f32" as const }]))

/** Largest difference of two arrays relative to the largest number of the second. */
const apartBy = (got: HostArray, want: HostArray): number => {
  let [apart, largest] = [0, 0]
  for (const [i, value] of want.data.entries()) {
    apart = Math.max(apart, Math.abs(got.data[i]! - value))
    largest = Math.max(largest, Math.abs(value))
  }
  return apart / largest
}

/**
 * The plan of a program whose results were the interpreter's, the same bits in each run, and which wrote nothing beside its
 * buffers.
 */
export const ranAsGpu = async <Name extends string>(guarded: GuardedDevice, program: NamedProgram<Name>) => {
  const { shapes, results, precision, within = 4e-6 } = program
  const specs = specsOf(shapes)
  const given = Object.fromEntries(Object.entries<Shape>(shapes).map(([name, shape], i) => [name, noise(shape, i + 1)]))
  using compiled = await guarded.device.compile(
    results as unknown as (inputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>,
    specs,
    precision === undefined ? {} : { precision },
  )
  const run = async () => (await guarded.device.read(compiled(given))) as Readonly<Record<string, HostArray>>
  const [got, again] = [await run(), await run()]
  const inputs = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, input(spec, name)]))
  for (const [name, tensor] of Object.entries(results(inputs as unknown as Readonly<Record<Name, Tensor>>))) {
    expect(apartBy(got[name]!, interpret(tensor, new Map(Object.entries(given)))), name).toBeLessThan(within)
    expect(again[name]!.data, name).toEqual(got[name]!.data)
  }
  expect(await guarded.harm()).toEqual([])
  return { plan: compiled.plan, labels: separateSteps(compiled.plan.steps).map(({ label }) => label) }
}
