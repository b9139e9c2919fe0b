import { createHash } from "node:crypto"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { drawScene, type PatternName, patternNames, type Scene, sceneAt, scenePair } from "../../src/scenes/index.ts"
import { settings } from "../../src/scenes/backdrops.ts"
import { drawsOf } from "../../src/scenes/draws.ts"
import { letterStrokes } from "../../src/scenes/letters.ts"
import {
  box,
  circle,
  ellipse,
  outline,
  polygon,
  type Shape,
  starShape,
  stroke,
  union,
  within,
  without,
} from "../../src/scenes/shape.ts"
import { things } from "../../src/scenes/things.ts"
import { dataKey } from "../../src/data/dataKey.ts"

const seeds = Array.from({ length: 60 }, (_, i) => i)
const pixelsThatDiffer = (a: Scene, b: Scene): number => {
  const [first, second] = [drawScene(a, 48).data, drawScene(b, 48).data]
  return first.reduce((sum, value, i) => sum + (Math.abs(value - second[i]!) > 12 ? 1 : 0), 0) / 3
}

describe.each(patternNames)("pattern %s", (pattern: PatternName) => {
  test("both scenes of a pair have their own caption and look different, before one backdrop", () => {
    for (const index of seeds) {
      const [first, second] = scenePair(pattern, 3, index)
      expect(first.caption).not.toBe(second.caption)
      expect(first.backdrop).toEqual(second.backdrop)
      expect([first.pattern, second.pattern]).toEqual([pattern, pattern])
      expect(pixelsThatDiffer(first, second), first.caption).toBeGreaterThan(8)
    }
  })

  test("varies with seed and index", () => {
    const captions = seeds.map((index) => scenePair(pattern, 5, index)[0].caption)
    expect(new Set(captions).size).toBeGreaterThan(15)
    expect(scenePair(pattern, 5, 0)).not.toEqual(scenePair(pattern, 6, 0))
  })

  test("everything stands inside the picture", () => {
    for (const index of seeds)
      for (const { items } of scenePair(pattern, 9, index))
        for (const { x, y, size } of items) {
          expect(x - size).toBeGreaterThan(-0.03)
          expect(x + size).toBeLessThan(1.03)
          expect(y - 2 * size).toBeGreaterThan(-0.03)
          expect(y).toBeLessThan(1)
        }
  })

  test("captions are sentences about what is there", () => {
    for (const index of seeds) {
      const [{ caption, backdrop }] = scenePair(pattern, 11, index)
      expect(caption).toMatch(/^[a-zA-Z ]+$/)
      expect(caption).not.toContain("COLOUR")
      expect(caption).not.toMatch(/\ba [aeiou]/)
      expect(caption.endsWith(settings[backdrop.name].words)).toBe(true)
    }
  })
})

test("a scene is a plain value: JSON holds all of it", () => {
  const scene = sceneAt(1, 4)
  expect(drawScene(JSON.parse(JSON.stringify(scene)), 32)).toEqual(drawScene(scene, 32))
})

test("pixels are the same on every machine: stored hash of nine scenes", () => {
  const hash = createHash("sha256")
  for (let index = 0; index < 9; index++) hash.update(drawScene(sceneAt(2024, index), 64).data)
  expect(hash.digest("hex")).toBe("b80c529f13c885bf6a1567461c8845d8899127feba9edd1ef21b512bdf199b94")
})

test("scenes go through the patterns in turn and through both halves", () => {
  const scenes = Array.from({ length: 36 }, (_, index) => sceneAt(1, index))
  expect(scenes.slice(0, 9).map(({ pattern }) => pattern)).toEqual([...patternNames])
  expect(scenes[9]).toEqual(scenePair("orientation", 1, 1)[1])
})

test("every thing paints something in each of its kinds, inside −1.2 … 1.2", () => {
  const details = [
    "plain",
    "side",
    "front",
    "above",
    "open",
    "closed",
    "on",
    "off",
    "lit",
    "unlit",
    "full",
    "empty",
    "hat",
    "STOP",
  ]
  for (const thing of Object.values(things))
    for (const detail of details) {
      const parts = thing({ colour: [200, 80, 60], detail })
      expect(parts.length).toBeGreaterThan(0)
      for (const { shape } of parts) {
        expect(Math.min(shape.left, shape.top)).toBeGreaterThan(-1.6)
        expect(Math.max(shape.right, shape.bottom)).toBeLessThan(1.6)
      }
    }
})

describe("shapes", () => {
  const number = fc.double({ min: -1.5, max: 1.5, noNaN: true })
  const shapes: readonly (readonly [string, Shape])[] = [
    ["circle", circle(0.1, -0.2, 0.5)],
    ["ellipse", ellipse(0, 0.1, 0.7, 0.3)],
    ["box", box([-0.4, -0.6], [0.7, 0.2], 0.1)],
    ["stroke", stroke([-0.5, 0.5], [0.4, -0.3], 0.1)],
    [
      "polygon",
      polygon(
        [
          [0, -0.8],
          [0.6, 0.5],
          [-0.6, 0.5],
        ],
        0.05,
      ),
    ],
    ["star", starShape(0, 0, 0.8, 5, 0.5)],
    ["union", union(circle(-0.3, 0, 0.3), circle(0.3, 0, 0.3))],
    ["within", within(circle(0, 0, 0.5), box([-1, 0], [1, 1]))],
    ["without", without(circle(0, 0, 0.5), circle(0.2, 0, 0.2))],
    ["outline", outline(circle(0, 0, 0.5), 0.05)],
  ]

  test.each(shapes)("%s: inside only within its bounds", (_name, { at, left, top, right, bottom }) => {
    expect(() =>
      fc.assert(
        fc.property(number, number, (x, y) => at(x, y) >= 0 || (x >= left && x <= right && y >= top && y <= bottom)),
        { numRuns: 400 },
      ),
    ).not.toThrow()
  })

  test.each(shapes)(
    "%s: the distance never grows faster than one goes, twice as fast for the ellipse's",
    (_name, { at }) => {
      expect(() =>
        fc.assert(
          fc.property(number, number, fc.double({ min: 0, max: 6.28, noNaN: true }), (x, y, angle) => {
            const step = 1e-3
            const moved = at(x + step * Math.cos(angle), y + step * Math.sin(angle))
            return Math.abs(moved - at(x, y)) <= 2.5 * step
          }),
          { numRuns: 300 },
        ),
      ).not.toThrow()
    },
  )

  test("a polygon's inside is its area: a triangle of 100 × 100 points", () => {
    const { at } = polygon([
      [0, 0],
      [1, 0],
      [0, 1],
    ])
    let inside = 0
    for (let i = 0; i < 100; i++) for (let j = 0; j < 100; j++) if (at((i + 0.5) / 100, (j + 0.25) / 100) < 0) inside++
    expect(Math.abs(inside - 5000)).toBeLessThanOrEqual(60)
  })
})

test("every capital letter has strokes and no two look alike", () => {
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter) => JSON.stringify(letterStrokes(letter)))
  expect(letters.every((strokes) => strokes.length > 10)).toBe(true)
  expect(new Set(letters).size).toBe(26)
})

test("two draws of one list are never the same member", () => {
  const list = ["a", "b", "c"]
  const pairs = seeds.map((seed) => drawsOf(dataKey(seed)).two("x", list))
  expect(pairs.every(([first, second]) => first !== second)).toBe(true)
  expect(new Set(pairs.map(String)).size).toBe(6)
})
