import * as fc from "fast-check"
import * as E from "fp-ts/lib/Either.js"
import { expect, test } from "vitest"
import { checkNames, nearestName, renderWeightsError } from "../../src/weights/index.ts"
import { editDistance } from "../../src/params/nearestName.ts"

const found = (shapes: Readonly<Record<string, readonly number[]>>) => ({
  file: "model.safetensors",
  entries: new Map(Object.entries(shapes).map(([name, shape]) => [name, { shape }])),
})

test("equal names and shapes pass, in sorted order", () => {
  expect(checkNames({ b: [2], a: [] }, found({ a: [], b: [2] }))).toEqual(E.right(["a", "b"]))
})

test("everything wrong is reported at once, sorted, with suggestions", () => {
  const outcome = checkNames(
    { "visual.proj": [4, 2], "visual.conv1.weight": [4, 3, 2, 2], "ln.weight": [4], zeta: [1] },
    found({ "visual.proj": [2, 4], "visual.conv_1.weight": [4, 3, 2, 2], "ln.weight": [4, 1], other_thing: [1] }),
  )
  expect(outcome).toMatchObject(
    E.left({
      _tag: "NamesMismatch",
      file: "model.safetensors",
      missing: [{ key: "visual.conv1.weight", nearest: "visual.conv_1.weight" }, { key: "zeta" }],
      unexpected: [{ key: "other_thing" }, { key: "visual.conv_1.weight", nearest: "visual.conv1.weight" }],
      wrongShape: [
        { key: "ln.weight", expected: [4], found: [4, 1] },
        { key: "visual.proj", expected: [4, 2], found: [2, 4] },
      ],
    }),
  )
  const text = E.isLeft(outcome) ? renderWeightsError(outcome.left) : ""
  expect(text).toContain("did you mean visual.conv_1.weight?")
  expect(text).toContain("visual.proj: needs [4,2], file has [2,4]")
})

test("ignorable names may be extra or absent, but a present one must have its shape", () => {
  const ignorable = ["position_ids"]
  expect(checkNames({ a: [1] }, found({ a: [1], "text.embeddings.position_ids": [1, 77] }), { ignorable })).toEqual(
    E.right(["a"]),
  )
  expect(checkNames({ a: [1], position_ids: [1, 77] }, found({ a: [1] }), { ignorable })).toEqual(E.right(["a"]))
  expect(checkNames({ position_ids: [1, 77] }, found({ position_ids: [2] }), { ignorable })).toMatchObject(
    E.left({ wrongShape: [{ key: "position_ids" }] }),
  )
  expect(checkNames({}, found({ my_position_ids: [1] }), { ignorable })).toMatchObject(
    E.left({ _tag: "NamesMismatch" }),
  )
})

test("a prefix before every name is recognised, on either side", () => {
  const plain = { "a.weight": [1], "b.weight": [2] }
  const wrapped = { "module.a.weight": [1], "module.b.weight": [2] }
  expect(checkNames(plain, found(wrapped))).toMatchObject(
    E.left({ remedy: 'strip the prefix "module." from the file\'s names' }),
  )
  expect(checkNames(wrapped, found(plain))).toMatchObject(
    E.left({ remedy: 'put the prefix "module." before the file\'s names' }),
  )
})

test("names that are also properties of every object are ordinary names", () => {
  expect(checkNames({}, found({ constructor: [1] }))).toMatchObject(E.left({ unexpected: [{ key: "constructor" }] }))
  expect(checkNames({ toString: [1] }, found({}))).toMatchObject(E.left({ missing: [{ key: "toString" }] }))
})

const distance = (a: string, b: string): number => {
  if (a === "" || b === "") return a.length + b.length
  const [x, y] = [a.slice(1), b.slice(1)]
  const exchange = a.length > 1 && a[0] === b[1] && a[1] === b[0] ? 1 + distance(a.slice(2), b.slice(2)) : Infinity
  return Math.min(distance(x, y) + (a[0] === b[0] ? 0 : 1), distance(x, b) + 1, distance(a, y) + 1, exchange)
}

test("the edit distance is the recursive definition's, up to its limit", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 5 })
  fc.assert(
    fc.property(
      word,
      word,
      fc.nat(6),
      (a, b, limit) => editDistance(a, b, limit) === Math.min(distance(a, b), limit + 1),
    ),
  )
})

test("the nearest name is the closest, and none if all are far", () => {
  expect(nearestName("conv1", ["conv11", "conv1x1", "convs"])).toBe("conv11")
  expect(nearestName("conv1", ["attention"])).toBeUndefined()
  expect(nearestName("hubre", ["mse", "huber"])).toBe("huber")
})
