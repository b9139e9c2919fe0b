import {
  cast,
  conv2d,
  exp,
  input,
  interpret,
  log,
  matmul,
  max,
  sin,
  sum,
  tanh,
  type HostArray,
  type Tensor,
  Float16,
} from "@diva/tensor"
import { showNumber } from "../text/number.ts"
import { differingElements, relativeError, scattered } from "./numbers.ts"
import { runOnce, type Finding, type Probe, type ProbeArguments } from "./probe.ts"

const wrongNumbers =
  "update the graphics driver; if it is the newest, report it with the output of diva doctor --json. " +
  "Until then another adapter (a software one: mesa-vulkan-drivers on Debian and Ubuntu) computes correctly"

/** What the ops' CPU references compute for the same program. */
const expected = (program: (args: Readonly<Record<string, Tensor>>) => Tensor, args: ProbeArguments): HostArray => {
  const inputs = Object.fromEntries(Object.entries(args).map(([name, spec]) => [name, input(spec, name)]))
  return interpret(program(inputs), new Map(Object.entries(args)))
}

interface Comparison {
  readonly name: string
  readonly program: (args: Readonly<Record<string, Tensor>>) => Tensor
  readonly args: ProbeArguments
  /** Largest allowed error relative to the largest number; 0 asks for the same bits. */
  readonly allowed: number
}

const judge = (got: HostArray, want: HostArray, allowed: number): Finding => {
  if (allowed === 0) {
    const differing = differingElements(got, want)
    const measured = differing === 0 ? `${want.data.length} equal` : `${differing} of ${want.data.length} differ`
    return { passed: differing === 0, measured }
  }
  const error = relativeError(got, want)
  return { passed: error <= allowed, measured: `error ${showNumber(error)}, allowed ${showNumber(allowed)}` }
}

/** A probe that compares a program's result on the adapter with the CPU reference's. */
export const comparison = ({ name, program, args, allowed }: Comparison): Probe => ({
  name,
  remedy: wrongNumbers,
  run: async (device) => {
    const got = await runOnce(
      device,
      program as (args: ProbeArguments & Readonly<Record<string, never>>) => Tensor,
      args as never,
    )
    return judge(got as unknown as HostArray, expected(program, args), allowed)
  },
})

/** f16 values whose widening goes wrong first: subnormals, the largest, the smallest normal, signed zero. */
const delicateHalves = Float16.from([0, -0, 2 ** -24, -(2 ** -24), 2 ** -15, 2 ** -14, 65504, -65504, 1 / 3, 1000.5])

/** Arithmetic that every model is made of, on shapes that fit no tile. */
export const arithmeticProbes: readonly Probe[] = [
  comparison({
    name: "f32 matrix product",
    program: ({ a, b }) => matmul(a!, b!),
    args: { a: scattered([129, 257], 1), b: scattered([257, 65], 2) },
    allowed: 1e-5,
  }),
  comparison({
    name: "convolution",
    program: ({ x, w }) => conv2d(x!, w!, { stride: 2, padding: 1 }),
    args: { x: scattered([2, 5, 17, 19], 3), w: scattered([7, 5, 3, 3], 4) },
    allowed: 1e-5,
  }),
  comparison({
    name: "reduction of long rows",
    program: ({ x }) => sum(x!, { axis: 1 }),
    args: { x: scattered([7, 10_007], 5) },
    allowed: 1e-5,
  }),
  comparison({
    name: "largest of columns",
    program: ({ x }) => max(x!, { axis: 0 }),
    args: { x: scattered([1_031, 33], 6) },
    allowed: 0,
  }),
  comparison({
    name: "exp, log, sin, tanh",
    program: ({ x }) => sin(tanh(log(exp(x!)))),
    args: { x: scattered([31, 67], 7) },
    allowed: 1e-5,
  }),
  comparison({
    name: "f16 storage read",
    program: ({ x }) => cast(x!, "f32"),
    args: { x: { shape: [delicateHalves.length], dtype: "f16", data: delicateHalves } },
    allowed: 0,
  }),
]
