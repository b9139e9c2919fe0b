import * as fc from "fast-check"
import { expect, it } from "vitest"
import { hostZeros } from "../../src/dtype/dtype.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { copyView } from "../../src/host/copyView.ts"
import { interpret } from "../../src/graph/interpret.ts"
import { expand } from "../../src/ops/expand.ts"
import { flip } from "../../src/ops/flip.ts"
import { iota } from "../../src/ops/iota.ts"
import { permute } from "../../src/ops/permute.ts"
import { reshape } from "../../src/ops/reshape.ts"
import { slice } from "../../src/ops/slice.ts"
import { concat } from "../../src/ops/concat.ts"
import { split } from "../../src/ops/split.ts"
import { sizeOf, type Shape } from "../../src/shape/shape.ts"
import { contiguousView, expandView, permuteView, reshapeView, sliceView, type View } from "../../src/shape/view.ts"

/** Different numbers everywhere, so that any element out of place shows. */
const numbered = (shape: Shape): Tensor => reshape(iota([sizeOf(shape)]), shape)

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })

/** Shapes of the same size: a split and a join of neighbouring axes. */
const reshapings = (size: number): fc.Arbitrary<Shape> =>
  fc.array(fc.nat(), { minLength: 0, maxLength: 3 }).map((choices) => {
    const shape: number[] = []
    let rest = size
    for (const choice of choices) {
      const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((d) => rest % d === 0)
      const chosen = divisors[choice % divisors.length]!
      shape.push(chosen)
      rest /= chosen
    }
    return [...shape, rest]
  })

interface Step {
  readonly view: (view: View) => View | null
  readonly tensor: (x: Tensor) => Tensor
}

const stepsFor = (shape: Shape): fc.Arbitrary<Step> => {
  const order = fc.shuffledSubarray(
    shape.map((_, axis) => axis),
    { minLength: shape.length },
  )
  const windows = fc.tuple(...shape.map((extent) => fc.tuple(fc.nat(extent - 1), fc.integer({ min: 1, max: 3 }))))
  return fc.oneof(
    order.map((axes) => ({ view: (v: View) => permuteView(v, axes), tensor: permute(axes) })),
    reshapings(sizeOf(shape)).map((to) => ({ view: (v: View) => reshapeView(v, to), tensor: reshape(to) })),
    windows.map((window) => {
      const [starts, steps] = [window.map(([start]) => start), window.map(([, step]) => step)]
      const extents = shape.map((extent, axis) => Math.ceil((extent - starts[axis]!) / steps[axis]!))
      return { view: (v: View) => sliceView(v, starts, steps, extents), tensor: slice({ starts, steps }) }
    }),
    fc.constant({
      view: (v: View) => expandView(v, [3, ...shape]),
      tensor: (x: Tensor) => expand(x, [3, ...shape]),
    }),
  )
}

it("a view of a view reads what the movements read one after the other", () => {
  const chains = shapes.chain((shape) =>
    stepsFor(shape).chain((first) => {
      const after = first.view(contiguousView(shape))!
      return stepsFor(after.shape).map((second) => ({ shape, after, first, second }))
    }),
  )
  fc.assert(
    fc.property(chains, ({ shape, after, first, second }) => {
      const moved = interpret(second.tensor(first.tensor(numbered(shape))))
      const view = second.view(after)
      if (view === null) return
      const output = { shape: view.shape, dtype: "i32" as const, data: hostZeros("i32", sizeOf(view.shape)) }
      copyView(interpret(numbered(shape)), view, output)
      expect(view.shape).toEqual(moved.shape)
      expect(output.data).toEqual(moved.data)
    }),
  )
})

it("reshape after reshape is one reshape, and back is where it began", () => {
  const cases = shapes.chain((shape) =>
    fc.tuple(fc.constant(shape), reshapings(sizeOf(shape)), reshapings(sizeOf(shape))),
  )
  fc.assert(
    fc.property(cases, ([shape, first, second]) => {
      const x = numbered(shape)
      const twice = interpret(reshape(reshape(x, first), second))
      expect(twice).toEqual(interpret(reshape(x, second)))
      expect(interpret(reshape(reshape(x, first), shape))).toEqual(interpret(x))
    }),
  )
})

it("a permutation and its inverse cancel, and a flip is its own inverse", () => {
  const cases = shapes.chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.shuffledSubarray(
        shape.map((_, i) => i),
        { minLength: shape.length },
      ),
      fc.subarray(shape.map((_, i) => i)),
    ),
  )
  fc.assert(
    fc.property(cases, ([shape, order, axes]) => {
      const x = numbered(shape)
      const inverse = order.map((_, axis) => order.indexOf(axis))
      expect(interpret(permute(permute(x, order), inverse))).toEqual(interpret(x))
      expect(interpret(flip(flip(x, axes), axes))).toEqual(interpret(x))
    }),
  )
})

it("concat undoes split", () => {
  const cases = shapes.chain((shape) =>
    fc.tuple(fc.constant(shape), fc.nat(shape.length - 1), fc.array(fc.nat(3), { maxLength: 9 })),
  )
  fc.assert(
    fc.property(cases, ([shape, axis, cuts]) => {
      const sizes: number[] = []
      let rest = shape[axis]!
      for (const cut of cuts) {
        sizes.push(Math.min(cut, rest))
        rest -= sizes.at(-1)!
      }
      const x = numbered(shape)
      expect(interpret(concat(split(x, [...sizes, rest], axis), axis))).toEqual(interpret(x))
    }),
  )
})
