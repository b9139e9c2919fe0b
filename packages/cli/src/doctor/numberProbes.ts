import {
  abs,
  add,
  argmax,
  cast,
  clamp,
  div,
  equal,
  exp,
  greater,
  input,
  interpret,
  isFinite,
  isNaN,
  less,
  log,
  logSumExp,
  max,
  maximum,
  min,
  minimum,
  mul,
  notEqual,
  power,
  relu,
  remainder,
  sign,
  sin,
  softmax,
  sqrt,
  sub,
  sum,
  type HostArray,
  type Tensor,
} from "@diva/tensor"
import { runOnce, type Finding, type Probe } from "./probe.ts"

const numbersOf = (values: readonly number[]): HostArray => ({
  shape: [values.length],
  dtype: "f32",
  data: Float32Array.from(values),
})

const special = numbersOf([NaN, Infinity, -Infinity, 0, 1, -2, 3e38])
const others = numbersOf([1, Infinity, Infinity, NaN, 0, -Infinity, 4])

type Args = { readonly x: Tensor; readonly y: Tensor }

/** What is asked of ∞ and NaN, by name: comparing, choosing, folding, arithmetic, functions. */
const questions: Readonly<Record<string, (args: Args) => Tensor>> = {
  comparison: ({ x, y }) => add(cast(less(x, y), "f32"), add(cast(greater(x, y), "f32"), cast(equal(x, y), "f32"))),
  "x ≠ x": ({ x }) => cast(notEqual(x, x), "f32"),
  "isNaN, isFinite": ({ x }) => sub(cast(isNaN(x), "f32"), cast(isFinite(x), "f32")),
  maximum: ({ x, y }) => maximum(x, y),
  minimum: ({ x, y }) => minimum(x, y),
  clamp: ({ x }) => clamp(x, -1, 1),
  "sign, abs, relu": ({ x }) => add(sign(x), add(abs(x), relu(x))),
  max: ({ x }) => max(x),
  min: ({ x }) => min(x),
  argmax: ({ x }) => cast(argmax(x), "f32"),
  sum: ({ x }) => sum(x),
  "x + y": ({ x, y }) => add(x, y),
  "x − y": ({ x, y }) => sub(x, y),
  "x · y": ({ x, y }) => mul(x, y),
  "x / y": ({ x, y }) => div(x, y),
  "x − x": ({ x }) => sub(x, x),
  "x · 0": ({ x }) => mul(x, 0),
  "overflow and division by zero": ({ x }) => add(mul(x, 10), div(x, 0)),
  "exp, log, √": ({ x }) => add(exp(x), add(log(x), sqrt(x))),
  "sin, power, remainder": ({ x, y }) => add(sin(x), add(power(x, y), remainder(x, y))),
  "softmax, logSumExp": ({ x }) => add(softmax(x), logSumExp(x)),
}

const describeAll = (args: Args): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(Object.entries(questions).map(([name, ask]) => [name, ask(args)]))

// Of what is finite the other probes judge: here any two numbers are alike.
const alike = (a: number, b: number): boolean =>
  Object.is(a, b) || a === b || (Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= 1e-5 * Math.abs(b))

const wrongAnswers = (
  got: Readonly<Record<string, HostArray>>,
  want: Readonly<Record<string, HostArray>>,
): readonly string[] =>
  Object.keys(questions).filter((name) => !want[name]!.data.every((value, i) => alike(got[name]!.data[i]!, value)))

/** Whether ∞ and NaN mean what IEEE 754 says, all through the ops. */
const nonFinite: Probe = {
  name: "∞ and NaN",
  remedy:
    "the ops named treat ∞ or NaN wrongly on this adapter (docs/ops.md): losses that overflow may go unnoticed; " +
    "update the graphics driver, or compute with another adapter",
  run: async (device) => {
    const args = { x: special, y: others }
    const got = (await runOnce(device, describeAll, args)) as unknown as Readonly<Record<string, HostArray>>
    const [x, y] = [input(special, "x"), input(others, "y")]
    const want = interpret(describeAll({ x, y }), new Map(Object.entries(args)))
    const wrong = wrongAnswers(got, want as unknown as Readonly<Record<string, HostArray>>)
    return {
      passed: wrong.length === 0,
      measured:
        wrong.length === 0 ? `${Object.keys(questions).length} kinds of ops right` : `wrong: ${wrong.join(", ")}`,
    }
  },
}

const tiny = numbersOf([2 ** -140, -(2 ** -149), 2 ** -127])

const ofTiny = async (device: Parameters<Probe["run"]>[0]): Promise<Finding> => {
  const { compared, kept } = (await runOnce(
    device,
    ({ x }: { readonly x: Tensor }) => ({ compared: cast(notEqual(x, 0), "f32"), kept: mul(x, 2 ** 100) }),
    { x: tiny },
  )) as unknown as Readonly<Record<"compared" | "kept", HostArray>>
  const passed = compared.data.every((value) => value === 1)
  const arithmetic = kept.data.every((value, i) => value === tiny.data[i]! * 2 ** 100) ? "kept" : "taken for 0"
  return { passed, measured: `${passed ? "compared right" : "compared as 0"}, in arithmetic ${arithmetic}` }
}

/** Comparisons see subnormal numbers on every adapter; arithmetic may take them for 0, which WGSL allows. */
const subnormal: Probe = {
  name: "numbers below 2^-126",
  remedy: "update the graphics driver: comparing bit by bit gives wrong results",
  run: ofTiny,
}

const cancelled: Readonly<Record<string, (args: Args) => Tensor>> = {
  "(x + y) − x": ({ x, y }) => sub(add(x, y), x),
  "(x · y) / x": ({ x, y }) => div(mul(x, y), x),
}

/** What compilers cancel in one expression although it is NaN for an infinite x: shown, as they may (docs/ops.md). */
const cancelling: Probe = {
  name: "∞ inside expressions",
  remedy: "update the graphics driver",
  run: async (device) => {
    const args = { x: numbersOf([Infinity]), y: numbersOf([2]) }
    const got = (await runOnce(
      device,
      (given: Args) => Object.fromEntries(Object.entries(cancelled).map(([name, ask]) => [name, ask(given)])),
      args,
    )) as unknown as Readonly<Record<string, HostArray>>
    const lost = Object.keys(cancelled).filter((name) => !Number.isNaN(got[name]!.data[0]!))
    return {
      passed: Object.values(got).every(({ data }) => data.length === 1),
      measured: lost.length === 0 ? "nothing cancelled" : `the compiler cancels ${lost.join(" and ")}`,
    }
  },
}

/** Numbers at the ends of what f32 holds. */
export const numberProbes: readonly Probe[] = [nonFinite, subnormal, cancelling]
