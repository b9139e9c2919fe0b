import { afterAll, beforeAll, expect, test } from "vitest"
import {
  add,
  fill,
  gelu,
  input,
  interpret,
  matmul,
  mean,
  mul,
  openDevice,
  square,
  sub,
  tanh,
  type Device,
  type HostArray,
  type Tensor,
} from "@diva/tensor"
import { checkpoint, clipByGlobalNorm, grad, sgd, valueAndGrad } from "@diva/autograd"
import { f32, wiggle } from "./evaluate.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice()
})

afterAll(() => device.close())

interface Params {
  readonly w1: Tensor
  readonly b1: Tensor
  readonly w2: Tensor
  readonly b2: Tensor
}

interface State {
  readonly params: Params
  readonly momentum: Params
}

interface Batch {
  readonly x: Tensor
  readonly y: Tensor
}

interface StepArguments {
  readonly state: State
  readonly batch: Batch
  readonly learningRate: Tensor
}

const [batchSize, width, hidden, classes] = [6, 5, 7, 3]

const predict = (p: Params, x: Tensor): Tensor => add(matmul(gelu(add(matmul(x, p.w1), p.b1)), p.w2), p.b2)

const loss = (p: Params, { x, y }: Batch): Tensor => mean(square(sub(predict(p, x), y)))

const step = ({ state: { params, momentum }, batch, learningRate }: StepArguments) => {
  const [value, gradient] = valueAndGrad(loss)(params, batch)
  const [clipped, norm] = clipByGlobalNorm(gradient, 0.5)
  const next = sgd({ learningRate, momentum: 0.9, weightDecay: 0.01 }).update(clipped, { momentum }, params)
  return { state: { params: next.params, momentum: next.state.momentum! }, value, norm }
}

const specs = {
  w1: { shape: [width, hidden], dtype: "f32" },
  b1: { shape: [hidden], dtype: "f32" },
  w2: { shape: [hidden, classes], dtype: "f32" },
  b2: { shape: [classes], dtype: "f32" },
} as const

const filled = (values: (size: number, phase: number) => readonly number[]) => ({
  w1: f32(values(width * hidden, 0), [width, hidden]),
  b1: f32(values(hidden, 1), [hidden]),
  w2: f32(values(hidden * classes, 2), [hidden, classes]),
  b2: f32(values(classes, 3), [classes]),
})

const initial = { params: filled(wiggle), momentum: filled((size) => Array.from({ length: size }, () => 0)) }

const batchAt = (i: number) => ({
  x: f32(wiggle(batchSize * width, 10 + i), [batchSize, width]),
  y: f32(wiggle(batchSize * classes, 20 + i), [batchSize, classes]),
})

const rateAt = (i: number): HostArray => f32([0.1 / (i + 1)], [])

const batchSpecs = {
  x: { shape: [batchSize, width], dtype: "f32" },
  y: { shape: [batchSize, classes], dtype: "f32" },
} as const

const inputs = <T extends Readonly<Record<string, { readonly shape: readonly number[]; readonly dtype: "f32" }>>>(
  prefix: string,
  tree: T,
) =>
  Object.fromEntries(Object.entries(tree).map(([key, spec]) => [key, input(spec, `${prefix}.${key}`)])) as {
    readonly [Key in keyof T]: Tensor
  }

const symbolic = step({
  state: { params: inputs("state.params", specs), momentum: inputs("state.momentum", specs) },
  batch: inputs("batch", batchSpecs),
  learningRate: input({ shape: [], dtype: "f32" }, "learningRate"),
})

const named = (prefix: string, tree: object): readonly (readonly [string, HostArray])[] =>
  Object.entries(tree).map(([key, leaf]) => [`${prefix}.${key}`, leaf as HostArray] as const)

const interpretedStep = (state: typeof initial, i: number) =>
  interpret(
    symbolic,
    new Map([
      ...named("state.params", state.params),
      ...named("state.momentum", state.momentum),
      ...named("batch", batchAt(i)),
      ["learningRate", rateAt(i)],
    ]),
  )

const largestDifference = (a: HostArray, b: HostArray): number =>
  Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i]!)))

test("a network trains on the device with its state donated, along the interpreter's trajectory", async () => {
  const start = device.live()
  {
    using train = await device.compile(
      step,
      { state: { params: specs, momentum: specs }, batch: batchSpecs, learningRate: { shape: [], dtype: "f32" } },
      { donate: ["state"] },
    )
    let state = device.put(initial)
    let expected = initial
    const losses: number[] = []
    const live: number[] = []
    for (let i = 0; i < 8; i++) {
      const result = train({ state, batch: batchAt(i), learningRate: rateAt(i) })
      state = result.state
      const reference = interpretedStep(expected, i)
      expected = reference.state
      const [value, norm] = await device.read([result.value, result.norm])
      expect(largestDifference(value!, reference.value)).toBeLessThan(1e-5)
      expect(largestDifference(norm!, reference.norm)).toBeLessThan(1e-5)
      losses.push(value!.data[0]!)
      live.push(device.live().buffers)
    }
    expect(new Set(live.slice(1)).size).toBe(1)
    const { params, momentum } = await device.read(state)
    for (const key of ["w1", "b1", "w2", "b2"] as const) {
      expect(largestDifference(params[key], expected.params[key])).toBeLessThan(1e-5)
      expect(largestDifference(momentum[key], expected.momentum[key])).toBeLessThan(1e-5)
      expect(largestDifference(params[key], initial.params[key])).toBeGreaterThan(1e-3)
    }
    expect(losses.at(-1)).toBeLessThan(losses[0]!)
    for (const leaf of [...Object.values(state.params), ...Object.values(state.momentum)]) leaf[Symbol.dispose]()
  }
  expect(device.live()).toEqual(start)
})

test("checkpoints lower the planned peak and leave the gradient as it is", async () => {
  const [rows, width, depth] = [512, 16, 8]
  const block = (x: Tensor, w: Tensor): Tensor => mul(tanh(matmul(tanh(matmul(tanh(matmul(x, w)), w)), w)), 1.5)
  const gradientOf =
    (layer: typeof block) =>
    ({ x, w }: { readonly x: Tensor; readonly w: Tensor }): Tensor =>
      grad((w: Tensor) => {
        const layers = Array.from({ length: depth }, (_, i) => add(w, fill([], i / 100)))
        return mean(square(layers.reduce((x, w) => layer(x, w), x)))
      })(w)
  const shapes = { x: { shape: [rows, width], dtype: "f32" }, w: { shape: [width, width], dtype: "f32" } } as const
  const args = { x: f32(wiggle(rows * width), [rows, width]), w: f32(wiggle(width * width, 1), [width, width]) }
  const start = device.live()
  {
    using plain = await device.compile(gradientOf(block), shapes)
    using saving = await device.compile(gradientOf(checkpoint(block)), shapes)
    expect(saving.plan.peakBytes).toBeLessThan(0.7 * plain.plan.peakBytes)
    expect(saving.plan.flops).toBeGreaterThan(1.2 * plain.plan.flops)
    const [a, b] = [await device.read(plain(args)), await device.read(saving(args))]
    // Not bit for bit: what a replayed node is fused with may differ, and with it the rounding.
    expect(largestDifference(a, b)).toBeLessThan(1e-6 * Math.max(...a.data.map(Math.abs)))
  }
  expect(device.live()).toEqual(start)
})
