import { assert, describe, it } from "@effect/vitest"
import { hostKey, hostUniform } from "@diva/tensor"
import { attributesOf, attributeWords, sceneAt } from "../../../src/scenes/index.ts"
import { agreementOf, agrees } from "../../../src/evaluate/samples/agreement.ts"
import { frechetDistance } from "../../../src/evaluate/samples/frechet.ts"

const namedIn = (caption: string): readonly string[] => {
  const named = attributesOf(caption)
  return attributeWords.filter((_, i) => named[i] === 1)
}

describe("what a caption names", () => {
  it.each([
    ["two pink balls on a grey floor", ["ball", "pink", "two", "floor"]],
    [
      "an orange apple to the right of a blue house in a meadow",
      ["apple", "house", "blue", "orange", "right", "meadow"],
    ],
    ["a pink apple in front of a yellow box in a room", ["apple", "box", "pink", "yellow", "room"]],
    ["a red sign that says HELP in the snow", ["sign", "red", "snow"]],
    ["a green tree without apples on a grey floor", ["tree", "green", "floor"]],
    ["a black cat without a bow tie in a room", ["cat", "black", "room"]],
    ["a pink star with five points on a beach", ["star", "pink", "beach"]],
    ["a tree with no apple in a meadow", ["tree", "meadow"]],
  ])("of %s are its things, colours, counts, sides and places", (caption, words) => {
    assert.deepStrictEqual([...namedIn(caption)].toSorted(), [...words].toSorted())
  })

  it("of every scene is a thing and a place", () => {
    for (let i = 0; i < 270; i++) {
      const { caption } = sceneAt(11, i)
      const words = namedIn(caption)
      assert.isAtLeast(words.length, 2, caption)
    }
  })
})

describe("agreement", () => {
  const logits = (...words: readonly string[]) => attributeWords.map((word) => (words.includes(word) ? 5 : -5))

  it("asks for every word that is named, and for nothing that is not", () => {
    const caption = "a pink apple in front of a yellow box in a room"
    assert.isTrue(agrees("objects", caption, logits("apple", "box")))
    assert.isFalse(agrees("objects", caption, logits("apple", "cup")))
    assert.isTrue(agrees("colours", caption, logits("pink", "yellow")))
    assert.isUndefined(agrees("counts", caption, logits("two")))
  })

  it("counts a group over the captions that name something of it", () => {
    const captions = ["two red cars", "a blue cup", "three cats"]
    const found = agreementOf(captions, [logits("two", "red"), logits("red", "cup"), logits("two")])
    assert.deepStrictEqual([found.counts.value, found.counts.count], [0.5, 2])
    assert.deepStrictEqual([found.colours.value, found.colours.count], [0.5, 2])
    assert.strictEqual(found.sides.count, 0)
  })
})

describe("the Fréchet distance", () => {
  const draws = (count: number, width: number, seed: number): number[][] =>
    Array.from({ length: count }, (_, i) =>
      Array.from({ length: width }, (_unused, j) => hostUniform(hostKey(seed), i * width + j) - 0.5),
    )

  it("of a set to itself is nothing, and of a moved one the square of the way", () => {
    const points = draws(40, 5, 1)
    assert.closeTo(frechetDistance(points, points), 0, 1e-9)
    const moved = points.map((point) => point.map((x, i) => x + (i === 2 ? 3 : 0)))
    assert.closeTo(frechetDistance(points, moved), 9, 1e-9)
  })

  it("of a scaled set is (s − 1)² of its variance, along each of turned axes", () => {
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)]
    const turned = (points: readonly (readonly number[])[], scale: readonly [number, number]) =>
      points.map(([x, y]) => [c * scale[0] * x! - s * scale[1] * y!, s * scale[0] * x! + c * scale[1] * y!])
    // Uncorrelated coordinates, so that the turned covariance is known.
    const cross = [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]
    const variance = 2 / 3
    assert.closeTo(frechetDistance(turned(cross, [1, 1]), turned(cross, [3, 2])), variance * (4 + 1), 1e-9)
  })

  it("is the same both ways", () => {
    const [a, b] = [draws(40, 5, 3), draws(40, 5, 4)]
    assert.closeTo(frechetDistance(a, b), frechetDistance(b, a), 1e-9)
    assert.isAbove(frechetDistance(a, b), 0)
  })

  it("is known for more dimensions than points, to the root of rounding in those that the points leave empty", () => {
    const [a, b] = [draws(6, 12, 3), draws(6, 12, 4)]
    assert.closeTo(frechetDistance(a, b), frechetDistance(b, a), 12 * Math.sqrt(Number.EPSILON))
  })
})
