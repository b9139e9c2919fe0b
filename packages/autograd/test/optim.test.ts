import { describe, expect, it } from "vitest"
import { attempt, constant, interpret, isTensor, mapTree, type HostArray, type Tensor } from "@diva/tensor"
import {
  accumulate,
  adamw,
  clipByGlobalNorm,
  globalNorm,
  movingAverage,
  partition,
  sgd,
  under,
  type Optimizer,
  type AdamWState,
  type SgdOptions,
  type SgdState,
} from "@diva/autograd"
import { expectNear, numberOf, numbersOf, wiggle } from "./evaluate.ts"

interface Params {
  readonly a: Tensor
  readonly deep: readonly [Tensor]
}

const start = { a: wiggle(4), b: wiggle(3, 1) }
const gradientAt = (step: number) => ({ a: wiggle(4, step + 2), b: wiggle(3, 2 * step + 3) })
const tree = ({ a, b }: { readonly a: readonly number[]; readonly b: readonly number[] }): Params => ({
  a: constant(a),
  deep: [constant(b, [3, 1])],
})

// Between steps state goes through the host, as it would through a device, so that expressions do not grow.
const settle = <T>(value: T): T =>
  mapTree(value, isTensor, (leaf) => {
    const { data, shape, dtype } = interpret(leaf) as HostArray
    return constant(data, shape, dtype)
  }) as T

const run = <State>(
  optimizerAt: (step: number) => Optimizer<Params, State>,
  steps: number,
): readonly (readonly number[])[] => {
  let params = tree(start)
  let state = settle(optimizerAt(0).init(params))
  for (let step = 0; step < steps; step++)
    ({ params, state } = settle(optimizerAt(step).update(tree(gradientAt(step)), state, params)))
  return [numbersOf(params.a), numbersOf(params.deep[0])]
}

/** torch.optim.SGD's documented algorithm, one number at a time, in f64. */
const sgdReference = (
  options: Required<Omit<SgdOptions, "learningRate">>,
  rate: (step: number) => number,
  steps: number,
) =>
  (["a", "b"] as const).map((name) =>
    start[name].map((initial, i) => {
      let p = initial
      let buffer: number | undefined
      for (let step = 0; step < steps; step++) {
        const g = gradientAt(step)[name][i]! + options.weightDecay * p
        buffer = buffer === undefined ? g : options.momentum * buffer + (1 - options.dampening) * g
        const ahead = options.nesterov ? g + options.momentum * buffer : buffer
        p -= rate(step) * (options.momentum === 0 ? g : ahead)
      }
      return p
    }),
  )

describe("sgd", () => {
  const plain = { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 }
  it.each([
    ["plain", plain],
    ["with momentum", { ...plain, momentum: 0.9 }],
    ["with Nesterov momentum and decay", { ...plain, momentum: 0.9, nesterov: true, weightDecay: 0.1 }],
    ["with dampening", { ...plain, momentum: 0.8, dampening: 0.3 }],
  ])("%s follows the reference loop", (_name, options) => {
    const rate = (step: number): number => 0.1 / (step + 1)
    const actual = run<SgdState<Params>>((step) => sgd({ ...options, learningRate: rate(step) }), 6)
    expectNear(actual.flat(), sgdReference(options, rate, 6).flat())
  })

  it("takes the rate as a tensor of the program", () => {
    const options = { momentum: 0.9 }
    const asTensor = run<SgdState<Params>>((step) => sgd({ ...options, learningRate: constant([0.1 * step], []) }), 4)
    expect(asTensor).toEqual(run<SgdState<Params>>((step) => sgd({ ...options, learningRate: 0.1 * step }), 4))
  })

  it("keeps only the state it needs, and f16 parameters in f16", () => {
    expect(sgd({ learningRate: 1 }).init(tree(start))).toEqual({})
    expect(Object.keys(sgd({ learningRate: 1, momentum: 0.9 }).init(tree(start)))).toEqual(["momentum"])
    const half = { w: constant([1, 2], [2], "f16") }
    const optimizer = sgd({ learningRate: 0.5, momentum: 0.9 })
    const { params, state } = optimizer.update(half, optimizer.init(half), half)
    expect([params.w.dtype, state.momentum!.w.dtype]).toEqual(["f16", "f32"])
    expect(numbersOf(params.w)).toEqual([0.5, 1])
  })

  it("skips the holes of a partition", () => {
    const [some] = partition(tree(start), under("a"))
    const optimizer = sgd({ learningRate: 1, momentum: 0.9 })
    const { params } = optimizer.update(some, optimizer.init(some), some)
    expect(params.deep[0]).toBeUndefined()
    expect(numbersOf(params.a!)).toEqual([0, 0, 0, 0])
  })

  it("refuses Nesterov without momentum, and gradients of another tree", () => {
    expect(attempt(() => sgd({ learningRate: 1, nesterov: true }))).toMatchObject({
      left: { _tag: "InvalidAttribute", op: "sgd", attribute: "nesterov" },
    })
    const params = { w: constant([1]) }
    expect(attempt(() => sgd({ learningRate: 1 }).update({} as typeof params, {}, params))).toMatchObject({
      left: { _tag: "TreeMismatch", op: "sgd", path: "w" },
    })
  })
})

describe("adamw", () => {
  const options = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.05 } as const
  const reference = (rate: (step: number) => number, steps: number) =>
    (["a", "b"] as const).map((name) =>
      start[name].map((initial, i) => {
        let [p, m, v] = [initial, 0, 0]
        for (let step = 0; step < steps; step++) {
          const g = gradientAt(step)[name][i]!
          p -= rate(step) * options.weightDecay * p
          m = 0.9 * m + 0.1 * g
          v = 0.999 * v + 0.001 * g * g
          p -= (rate(step) * (m / (1 - 0.9 ** (step + 1)))) / (Math.sqrt(v / (1 - 0.999 ** (step + 1))) + options.eps)
        }
        return p
      }),
    )

  it("follows the reference loop", () => {
    const rate = (step: number): number => 0.05 * (step + 1)
    const actual = run<AdamWState<Params>>((step) => adamw({ ...options, learningRate: constant([rate(step)], []) }), 8)
    expectNear(actual.flat(), reference(rate, 8).flat())
  })

  it("corrects the bias exactly at every step, also where 1 − βᵗ is small or 1", () => {
    const g = { w: constant([3]) }
    for (const done of [0, 1, 97, 104, 5000, 1_000_000]) {
      const t = done + 1
      const state = {
        first: { w: constant([0.9 * 3 * (1 - 0.9 ** done)]) },
        second: { w: constant([9 * (1 - 0.999 ** done)]) },
        step: constant([done], [], "i32"),
      }
      const steady = { ...state, first: { w: constant([3 * (1 - 0.9 ** done)]) } }
      const next = adamw({ learningRate: 1, weightDecay: 0, eps: 0 }).update(g, steady, { w: constant([0]) })
      expect(numberOf(next.state.step)).toBe(t)
      // A gradient that never changes is moved along by exactly the rate.
      expect(numbersOf(next.params.w)[0]).toBeCloseTo(-1, 6)
    }
  })
})

describe("gradients as a whole", () => {
  const gradient = tree({ a: [3, 0, 0, 0], b: [0, 4, 0] })

  it("globalNorm is the norm of all leaves together", () => {
    expect(numberOf(globalNorm(gradient))).toBe(5)
    expect(numberOf(globalNorm({}))).toBe(0)
  })

  it("clipByGlobalNorm shortens what is too long, as torch does, and reports the norm before", () => {
    const [clipped, norm] = clipByGlobalNorm(gradient, 1)
    expect(numberOf(norm)).toBe(5)
    expect(numbersOf(clipped.a)[0]).toBe(Math.fround(3 * Math.fround(1 / 5.000001)))
    expect(clipped.deep[0].shape).toEqual([3, 1])
  })

  it("clipByGlobalNorm leaves a short gradient alone, bit for bit", () => {
    const short = tree({ a: wiggle(4), b: wiggle(3) })
    const [clipped] = clipByGlobalNorm(short, constant([100], []))
    expect(numbersOf(clipped.a)).toEqual(numbersOf(short.a))
  })

  it("accumulate adds weighted gradients", () => {
    const total = accumulate(accumulate(gradient, gradient, 0.5), gradient, constant([2], []))
    expect(numbersOf(total.a)).toEqual([10.5, 0, 0, 0])
    expect(numbersOf(accumulate(gradient, gradient).deep[0])).toEqual([0, 8, 0])
  })

  it("movingAverage approaches the parameters by 1 − decay", () => {
    const zero = tree({ a: [0, 0, 0, 0], b: [0, 0, 0] })
    expect(numbersOf(movingAverage(zero, gradient, 0.75).a)).toEqual([0.75, 0, 0, 0])
    expect(numbersOf(movingAverage(gradient, gradient, 0.9).a)).toEqual([3, 0, 0, 0])
  })
})

describe("options of optimizers", () => {
  it("that do not exist are refused with the nearest name", () => {
    expect(() => sgd({ learningRate: 0.1, momentun: 0.9 } as never)).toThrow(
      /no option momentun[^]*did you mean momentum/,
    )
    expect(() => adamw({ lr: 0.1 } as never)).toThrow(/no option lr[^]*did you mean learningRate/)
  })
})
