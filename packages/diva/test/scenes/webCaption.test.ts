import { hostPart } from "@diva/tensor/random"
import { expect, test } from "vitest"
import { dataKey } from "../../src/data/dataKey.ts"
import { sceneAt, webCaption } from "../../src/scenes/index.ts"
import { drawsOf } from "../../src/scenes/draws.ts"

const scenes = Array.from({ length: 1800 }, (_, index) => sceneAt(4, index))
const captions = scenes.map((scene, index) => webCaption(scene, drawsOf(hostPart(dataKey(9), index))))
const shareOf = (isTold: (caption: string, index: number) => boolean): number =>
  captions.filter(isTold).length / captions.length

test("web captions name the things, mostly with their colour", () => {
  expect(
    shareOf((caption, index) => scenes[index]!.items.some(({ colour }) => caption.includes(colour))),
  ).toBeGreaterThan(0.8)
  expect(
    shareOf((caption) => /^(a photo of |picture of |image of |my favourite: )?an? \w+/.test(caption)),
  ).toBeGreaterThan(0.6)
})

test("they seldom tell what the patterns are about", () => {
  const telling =
    /facing|pointing|left|right|behind|in front|above|below|seen from|\b(one|two|three|four|five)\b|open|closed|lit|with |without|that is/
  const told = shareOf((caption, index) => telling.test(caption) && scenes[index]!.pattern !== "text")
  expect(told).toBeGreaterThan(0.01)
  expect(told).toBeLessThan(0.12)
})

test("they are a pure function of scene and draws", () => {
  expect(captions.slice(0, 50)).toEqual(
    scenes.slice(0, 50).map((scene, index) => webCaption(scene, drawsOf(hostPart(dataKey(9), index)))),
  )
})
