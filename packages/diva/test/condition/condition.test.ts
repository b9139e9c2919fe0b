import { assert, describe, it } from "@effect/vitest"
import { constant, interpret, isTensorError, mul, sizeOf, sum, type Tensor } from "@diva/tensor"
import { grad } from "@diva/autograd"
import {
  allPatches,
  averagePool,
  classOnly,
  noText,
  randomPatches,
  textByCondition,
  textMean,
  textPerPosition,
  topPatches,
  type Condition,
  type TextCombination,
} from "../../src/condition/index.ts"
import { titleOf } from "../../src/titled.ts"
import { givenIndices } from "../../src/objective/draws.ts"

const [batch, patches, width] = [2, 5, 3]

/** Element = its own number, so that a token is recognised by its values. */
const numbered = (shape: readonly number[], from = 0): Tensor =>
  constant(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => from + i),
    shape,
  )

const global = numbered([batch, 1, width], 1000)
const all = numbered([batch, patches, width])

const retained = (condition: Condition, indices: readonly (readonly number[])[] = []) => {
  const given = indices.length === 0 ? [] : [constant(indices.flat(), [batch, indices[0]!.length], "i32")]
  return interpret(condition({ global, patches: all, draw: givenIndices(given) }))
}

const rows = ({ data, shape }: ReturnType<typeof retained>): readonly number[] =>
  Array.from({ length: shape[0]! * shape[1]! }, (_, i) => data[i * shape[2]!]!)

describe("conditions", () => {
  it("randomPatches retains the global token, then each sample's drawn patches in drawn order, repeats included", () => {
    const tokens = retained(randomPatches(3), [
      [4, 0, 0],
      [2, 1, 4],
    ])
    assert.deepStrictEqual(tokens.shape, [2, 4, 3])
    assert.deepStrictEqual(rows(tokens), [1000, 12, 0, 0, 1003, 21, 18, 27])
  })

  it("randomPatches of a share draws that share of the patches, rounded down", () => {
    const tokens = retained(randomPatches({ share: 0.5 }), [
      [0, 1],
      [2, 3],
    ])
    assert.deepStrictEqual(tokens.shape, [2, 3, 3])
  })

  it("a patch drawn twice receives both gradients", () => {
    const draw = givenIndices([constant([4, 0, 0, 2, 1, 4], [2, 3], "i32")])
    const loss = (x: Tensor) => sum(randomPatches(3)({ global, patches: x, draw: () => draw(3, 5) }))
    const gradient = interpret(grad(loss)(all))
    const byPatch = Array.from({ length: batch * patches }, (_, i) => gradient.data[i * width]!)
    assert.deepStrictEqual(byPatch, [2, 0, 0, 0, 1, 0, 1, 1, 0, 1])
  })

  it("allPatches, classOnly and averagePool retain what they say", () => {
    assert.deepStrictEqual(rows(retained(allPatches)), [1000, 0, 3, 6, 9, 12, 1003, 15, 18, 21, 24, 27])
    assert.deepStrictEqual(rows(retained(classOnly)), [1000, 1003])
    assert.deepStrictEqual(rows(retained(averagePool(2))), [1000, 1.5, 7.5, 1003, 16.5, 22.5])
  })

  it("topPatches retains the patches most like the whole image, by angle, the most similar first", () => {
    const whole = constant([0, 2], [1, 1, 2])
    // Angles from the whole: 0.46, π/2, 0, π; lengths do not count.
    const four = constant([1, 2, 9, 0, 0, 0.1, 0, -5], [1, 4, 2])
    const kept = interpret(topPatches(2)({ global: whole, patches: four, draw: givenIndices([]) }))
    assert.deepStrictEqual(kept.shape, [1, 3, 2])
    for (const [i, value] of [0, 2, 0, 0.1, 1, 2].entries()) assert.approximately(kept.data[i]!, value, 1e-6)
    const share = interpret(topPatches({ share: 0.75 })({ global: whole, patches: four, draw: givenIndices([]) }))
    assert.deepStrictEqual([...share.data].slice(6), [9, 0])
  })

  it("topPatches passes gradients to the patches it keeps alone", () => {
    const whole = constant([0, 2], [1, 1, 2])
    const four = constant([1, 2, 9, 0, 0, 0.1, 0, -5], [1, 4, 2])
    const loss = (x: Tensor) => sum(topPatches(2)({ global: whole, patches: x, draw: givenIndices([]) }))
    assert.deepStrictEqual([...interpret(grad(loss)(four)).data], [1, 1, 0, 0, 1, 1, 0, 0])
  })

  it("topPatches of more patches than there are is refused", () => {
    try {
      topPatches(6)({ global, patches: all, draw: givenIndices([]) })
      assert.fail("no error")
    } catch (error) {
      assert.isTrue(isTensorError(error) && error._tag === "InvalidAttribute")
    }
  })

  it("a user's own function of tokens is a condition, named by its title or its own name", () => {
    const doubled: Condition = ({ global: token }) => mul(token, 2)
    assert.deepStrictEqual(rows(retained(doubled)), [2000, 2006])
    assert.strictEqual(titleOf(doubled), "doubled")
    assert.strictEqual(titleOf(randomPatches(76)), "randomPatches(76)")
  })
})

describe("text and visual tokens", () => {
  const text = constant([1, 2, 3, 4], [1, 2, 2])
  const visual = constant([10, 20, 30, 40], [1, 2, 2])
  const three = constant([10, 20, 30, 40, 50, 60], [1, 3, 2])
  const combined = (how: TextCombination, tokens: Tensor) => [...interpret(how({ text, visual: tokens })).data]

  it("add position by position, by the mean over positions, or not at all", () => {
    assert.deepStrictEqual(combined(textPerPosition, visual), [11, 22, 33, 44])
    assert.deepStrictEqual(combined(textMean, three), [12, 23, 32, 43, 52, 63])
    assert.deepStrictEqual(combined(noText, three), [10, 20, 30, 40, 50, 60])
  })

  it("follow the condition by default: per position for as many tokens as positions, the mean otherwise", () => {
    assert.deepStrictEqual(combined(textByCondition, visual), combined(textPerPosition, visual))
    assert.deepStrictEqual(combined(textByCondition, three), combined(textMean, three))
  })

  it("refuse to be added position by position when their numbers differ", () => {
    try {
      textPerPosition({ text, visual: three })
      assert.fail("no error")
    } catch (error) {
      assert.isTrue(isTensorError(error))
      if (isTensorError(error)) assert.strictEqual(error._tag, "ShapeMismatch")
    }
  })
})
