import { Effect } from "effect"
import { expect, test } from "vitest"
import { Gpu } from "../../src/index.ts"
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
