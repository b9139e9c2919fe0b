import { describe, expect, it } from "vitest"
import { studyPace } from "../../src/study/studyPace.ts"

describe("the time that a study still takes", () => {
  it("is told by what ended after the first step, which compiles, and by all processes", () => {
    const left = studyPace(Infinity)
    expect(left(2, 12, 1000)).toBe(undefined)
    expect(left(3, 12, 1900)).toBe(undefined)
    expect(left(4, 12, 2000)).toBe(800)
    expect(left(7, 12, 2200)).toBe(375)
  })

  it("ends with the last step that begins within the budget", () => {
    const left = studyPace(350)
    left(0, 100, 0)
    left(1, 100, 100)
    expect(left(2, 100, 200)).toBe(250)
    expect(left(4, 100, 400)).toBe(100)
  })
})
