import { Effect, Layer } from "effect"
import { expect, it } from "vitest"
import { sayBegun } from "../src/screen/sayBegun.ts"
import { Screen } from "../src/screen/screen.ts"

const told = async (isTerminal: boolean, asJson: boolean) => {
  const [notes, transient] = [[] as string[], [] as string[]]
  const keep = (list: string[]) => (text: string) => Effect.sync(() => void list.push(text))
  const nothing = () => Effect.void
  const screen = { print: nothing, complain: nothing, isColourful: false, isTerminal }
  const layer = Layer.succeed(Screen, { ...screen, note: keep(notes), status: keep(transient) })
  await Effect.runPromise(Effect.provide(sayBegun("planning …", asJson), layer))
  return { notes, transient }
}

it("what begins is told on a terminal's transient line, in a log as a line, and not to who asked for data", async () => {
  expect(await told(true, false)).toEqual({ notes: [], transient: ["planning …"] })
  expect(await told(false, false)).toEqual({ notes: ["planning …"], transient: ["planning …"] })
  for (const isTerminal of [true, false]) expect(await told(isTerminal, true)).toEqual({ notes: [], transient: [] })
})
