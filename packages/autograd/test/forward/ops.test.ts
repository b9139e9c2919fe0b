import { describe, expect, it } from "vitest"
import { cast, input, interpret, mul, reachable, sum, type HostArray, type Tensor } from "@diva/tensor"
import { jvp, vjp } from "@diva/autograd"
import { hostKey } from "../../../tensor/src/key/hostKey.ts"
import { randomArray } from "../../../tensor/test/ops/samples.ts"
import { countOf } from "../evaluate.ts"
import { casesOf, differentiableOps, floats, type OpCase } from "./opCases.ts"

const step = 1e-4
const f64 = { precision: "f64" } as const

const directionOf = ({ shape }: HostArray, seed: number): HostArray =>
  randomArray({ shape, dtype: "f32", low: -1, high: 1 }, hostKey(seed))

const moved = (value: HostArray, direction: HostArray, by: number): HostArray =>
  floats(value)
    ? { ...value, data: Float64Array.from(value.data, (x, i) => x + by * direction.data[i]!) as never }
    : value

const named = (prefix: string, values: readonly HostArray[]) =>
  values.map((value, i) => [`${prefix}${i}`, value] as const)

const described = (prefix: string, values: readonly HostArray[]): readonly Tensor[] =>
  values.map(({ shape, dtype }, i) => input({ shape, dtype }, `${prefix}${i}`))

const inner = (a: Tensor, b: Tensor): Tensor => sum(mul(cast(a, "f32"), cast(b, "f32")))

/** ⟨w, J·v⟩ three ways: forward mode, reverse mode, a finite difference; and the size of the terms. */
const slopesOf = ({ values, f }: OpCase) => {
  const directions = values.map((value, i) => directionOf(value, 1000 + i))
  const xs = described("x", values)
  const vs = xs.map((x, i) => (floats(x) ? cast(input({ shape: x.shape, dtype: "f32" }, `v${i}`), x.dtype) : null))
  const y = f(...xs)
  const weights = directionOf(y as unknown as HostArray, 1)
  const w = input({ shape: y.shape, dtype: "f32" }, "w")
  const given = new Map([...named("x", values), ...named("v", directions), ["w", weights] as const])
  const [, tangent] = jvp(f)(xs, vs)
  const moving = xs.filter(floats)
  const held = (...floating: readonly Tensor[]): Tensor => {
    const rest = [...floating]
    return f(...xs.map((x) => (floats(x) ? rest.shift()! : x)))
  }
  const back = vjp(held)(...moving)[1](cast(w, y.dtype)) as readonly Tensor[]
  const along = vs.filter((v) => v !== null)
  const at = (by: number): number => {
    const there = values.map((value, i) => moved(value, directions[i]!, by))
    return interpret(inner(y, w), new Map([...given, ...named("x", there)]), f64).data[0]!
  }
  const numberOf = (scalar: Tensor): number => interpret(scalar, given, f64).data[0]!
  const products = back.map((part, i) => mul(cast(part, "f32"), cast(along[i]!, "f32")))
  const scale = products.reduce((total, product) => total + numberOf(sum(mul(product, product))) ** 0.5, 0)
  return {
    tangent,
    forward: numberOf(inner(tangent, w)),
    reverse: products.reduce((total, product) => total + numberOf(sum(product)), 0),
    difference: (at(step) - at(-step)) / (2 * step),
    scale: Math.max(scale, 1e-3),
  }
}

const readsStandIn = (tangent: Tensor, leaves: number): boolean => countOf("variable", reachable([tangent])) > leaves

describe.each(differentiableOps.map((op) => [op.name, op] as const))("the tangent of %s", (_name, op) => {
  const cases = casesOf(op, 6_000)

  it("agrees with reverse mode and with a finite difference, and reads no more than the op does", () => {
    expect(cases.length).toBeGreaterThan(0)
    for (const one of cases) {
      const { tangent, forward, reverse, difference, scale } = slopesOf(one)
      const size = Math.max(scale, Math.abs(reverse))
      expect(Math.abs(forward - reverse), `${one.title}: forward ${forward}, reverse ${reverse}`).toBeLessThanOrEqual(
        1e-6 * size,
      )
      expect(
        Math.abs(forward - difference),
        `${one.title}: forward ${forward}, difference ${difference}`,
      ).toBeLessThanOrEqual(1e-5 * size)
      expect(readsStandIn(tangent, one.values.length + (op.name === "variable" ? 1 : 0))).toBe(false)
    }
  })
})
