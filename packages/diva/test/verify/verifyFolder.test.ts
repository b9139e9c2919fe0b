import { Effect } from "effect"
import { expect, test } from "vitest"
import { Gpu } from "../../src/index.ts"
import type { TensorResult } from "../../src/verify/group.ts"
import { judgedAtMedium } from "../../src/verify/rounded.ts"
import { builtInCases, isVerified, verifyFolder, type VerifyRequest } from "../../src/verify/index.ts"

const verify = (request: VerifyRequest) =>
  Effect.runPromise(Effect.provide(Effect.result(verifyFolder(request)), Gpu.layerInterpreter))

test("a program can verify a folder and follow each case, without the command line", async () => {
  const seen: string[] = []
  const note = (line: string) => Effect.sync(() => void seen.push(line))
  const result = await verify({
    folder: builtInCases,
    cases: ["schedules"],
    onBegin: (name, done, total) => note(`${name}: ${done} of ${total}`),
    onCase: ({ name, outcome }) => note(`${name}: ${outcome.status}`),
  })
  expect(seen).toEqual([
    "schedules/lr.json: 0 of 2",
    "schedules/lr.json: passed",
    "schedules/noise: 1 of 2",
    "schedules/noise: passed",
  ])
  expect(result._tag === "Success" && isVerified(result.success.cases)).toBe(true)
})

test("a case that is not there is an error with the nearest name", async () => {
  const result = await verify({ folder: builtInCases, cases: ["scedules"] })
  expect(result).toMatchObject({ failure: { _tag: "UnknownCase", remedy: expect.stringContaining("schedules") } })
})

const near: TensorResult = { name: "w", error: 0.01, allowed: 1e-5, maxError: 0.03, maxAllowed: 1e-4, passed: false }

const passes = (tensor: TensorResult): boolean =>
  judgedAtMedium([{ name: "gradients", tensors: [tensor], passed: tensor.passed }])[0]!.passed

test("at medium precision a model may be off by what rounded operands cost, and by no more", () => {
  expect(passes(near)).toBe(true)
  expect(passes({ ...near, error: 0.021 })).toBe(false)
  expect(passes({ ...near, maxError: 0.041 })).toBe(false)
  expect(passes({ ...near, problem: "not finite" })).toBe(false)
  expect(passes({ ...near, error: 0.03, allowed: 0.04, passed: true })).toBe(true)
})
