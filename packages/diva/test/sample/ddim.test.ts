import { add, constant, interpret, mul, type HostArray, type Tensor } from "@diva/tensor"
import { expect, test } from "vitest"
import { ddimStep, ddimTimesteps, guided } from "../../src/sample/ddim.ts"

const numbers = (tensor: Tensor): readonly number[] => [
  ...((interpret([tensor], new Map()) as readonly HostArray[])[0]!.data as Iterable<number>),
]
const [clean, noise] = [constant([0.5, -1, 2], [3]), constant([1, 0.25, -2], [3])]
const noisy = (share: number): Tensor => add(mul(clean, Math.sqrt(share)), mul(noise, Math.sqrt(1 - share)))

test("a step by the true noise gives the latent of the next share, and at share one the clean one", () => {
  for (const next of [0.7, 1]) {
    const got = numbers(ddimStep(noisy(0.3), noise, { now: constant(0.3), next: constant(next) }))
    numbers(noisy(next)).forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5))
  }
})

test("guidance of one is the prediction with the caption, of nought the one without, of two goes as far again", () => {
  const [withCaption, without] = [constant([1, 2], [2]), constant([0, 4], [2])]
  const at = (scale: number) => numbers(guided(withCaption, without, constant(scale)))
  expect([at(0), at(1), at(2)]).toEqual([
    [0, 4],
    [1, 2],
    [2, 0],
  ])
})

test("timesteps fall evenly, end at one, and never leave the schedule", () => {
  expect(ddimTimesteps(4, 1000)).toEqual([751, 501, 251, 1])
  expect(ddimTimesteps(1000, 1000)[0]).toBe(999)
  expect(ddimTimesteps(1, 10)).toEqual([1])
})
