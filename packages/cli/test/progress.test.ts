import { fileURLToPath } from "node:url"
import { Doing, doing, doingInOnePiece, EvaluationEvents } from "@diva/diva"
import { run, Screen, type Written } from "@diva/cli"
import { Effect, Layer } from "effect"
import { describe, expect, it } from "vitest"
import { activityTold } from "../src/screen/activityTold.ts"
import { evaluationEvents } from "../src/eval/evaluationSink.ts"
import { TestClock } from "effect/testing"
import { shardProgress } from "../src/commands/data/shardProgress.ts"
import { progressLine } from "../src/screen/progressLine.ts"
import { renderProgress, warmEstimate } from "../src/render/progress.ts"
import { trainSink } from "../src/screen/trainSink.ts"
import { statusLine } from "../src/screen/statusLine.ts"

/** A screen that hands every status over, however fast they follow each other. */
const collecting = (shown: string[]) =>
  Layer.effect(
    Screen,
    Effect.map(Screen, (screen) => ({
      ...screen,
      status: (text: string) => Effect.sync(() => void shown.push(text)),
    })),
  )

describe("the time that remains", () => {
  it("is told by the pieces after the first, which compiles", () => {
    const estimate = warmEstimate()
    expect(estimate(0, 10, 0)).toBe(null)
    expect(estimate(1, 10, 100)).toBe(null)
    expect(estimate(2, 10, 101)).toBe(8)
    expect(estimate(6, 10, 109)).toBeCloseTo(7.2)
    expect(estimate(10, 10, 120)).toBe(0)
  })

  it("is told anew for other pieces", () => {
    const estimate = warmEstimate()
    estimate(4, 8, 40)
    expect(estimate(8, 8, 44)).toBe(0)
    expect(estimate(6, 8, 20)).toBe(null)
    expect(estimate(7, 8, 24)).toBe(4)
    estimate(4, 8, 40)
    expect(estimate(8, 8, 44)).toBe(0)
    expect(estimate(1, 5, 90)).toBe(null)
    expect(estimate(3, 5, 94)).toBe(4)
  })

  it("is not told of work that ends before the others do", () => {
    expect(renderProgress({ done: 3, total: 4, elapsed: 9, label: "updates", remaining: 0 })).toMatch(/updates {2}9 s$/)
  })

  it("of an evaluation stands beside what is done", async () => {
    const written: Written = { out: [], notes: [] }
    const shown: string[] = []
    const described = (done: number, seconds: number, isLast = false) =>
      ({
        _tag: "described",
        what: "images",
        done,
        total: 6,
        cached: 0,
        skipped: 0,
        adapterSeconds: 1,
        seconds,
        isLast,
      }) as const
    const program = Effect.gen(function* () {
      const { publish } = yield* EvaluationEvents
      for (const event of [described(2, 60), described(4, 64), described(6, 68, true)]) yield* publish(event)
    })
    await Effect.runPromise(
      program.pipe(
        Effect.provide(evaluationEvents(false)),
        Effect.provide(collecting(shown)),
        Effect.provide(Screen.layerRecorded(written)),
      ),
    )
    expect(shown).toEqual([expect.not.stringContaining("left"), expect.stringContaining("about 4 s left"), ""])
    expect(written.notes).toEqual([expect.not.stringContaining("left")])
  })
})

it("the time of a run's updates counts from the start of that run", async () => {
  const shown: string[] = []
  const program = Effect.gen(function* () {
    const { sink } = yield* trainSink(false)
    for (const seconds of [40, 5]) {
      yield* TestClock.adjust("1 minute")
      yield* sink({ _tag: "started", updates: 2, from: 0, imagesPerUpdate: 1, trainedParameters: 7, observers: [] })
      yield* TestClock.adjust(`${seconds} seconds`)
      const step = { update: 1, updates: 2, losses: [1], loss: 1, learningRate: 0, gradientNorm: 1, seconds }
      yield* sink({ _tag: "step", ...step })
    }
  })
  await Effect.runPromise(
    program.pipe(
      Effect.provide(collecting(shown)),
      Effect.provide(Screen.layerRecorded({ out: [], notes: [] })),
      Effect.provide(TestClock.layer()),
    ),
  )
  expect(shown.slice(1)).toEqual([expect.stringMatching(/ {2}40 s$/), expect.stringMatching(/ {2}5 s$/)])
})

describe("a log", () => {
  const notesOf = async (asJson: boolean): Promise<readonly string[]> => {
    const written: Written = { out: [], notes: [] }
    const program = Effect.gen(function* () {
      const { show } = yield* progressLine(asJson)
      for (let done = 0; done <= 40; done++) {
        yield* show({ done, total: 40, label: "kernels" })
        yield* TestClock.adjust("1 second")
      }
    })
    await Effect.runPromise(
      program.pipe(Effect.provide(Screen.layerRecorded(written)), Effect.provide(TestClock.layer())),
    )
    return written.notes
  }

  it("hears of work after two seconds, then each time later, at last every fifteen", async () => {
    const notes = await notesOf(false)
    expect(notes.map((note) => /(\d+)\/40/.exec(note)?.[1])).toEqual(["2", "4", "8", "16", "31"])
  })

  it("of who asked for data hears nothing", async () => expect(await notesOf(true)).toEqual([]))

  const rowsTold = async (found: number | undefined): Promise<readonly string[]> => {
    const shown: string[] = []
    const program = Effect.gen(function* () {
      const { onFound, onRow } = yield* shardProgress(false)
      if (found !== undefined) yield* onFound(found)
      for (const status of ["success", "duplicate"] as const) {
        yield* TestClock.adjust("3 seconds")
        yield* onRow(status)
      }
    })
    await Effect.runPromise(
      program.pipe(
        Effect.provide(collecting(shown)),
        Effect.provide(Screen.layerRecorded({ out: [], notes: [] })),
        Effect.provide(TestClock.layer()),
      ),
    )
    return shown
  }

  it("hears how many pictures of a folder are packed, and how long the others take", async () => {
    expect(await rowsTold(4)).toEqual([
      "█████░░░░░░░░░░░░░░░ 1/4  rows, 1 picture  3 s",
      "██████████░░░░░░░░░░ 2/4  rows, 1 picture  6 s, about 6 s left",
    ])
  })

  it("hears of rows of which nobody knows how many there are, without a bar", async () => {
    expect(await rowsTold(undefined)).toEqual(["1  rows, 1 picture  3 s", "2  rows, 1 picture  6 s"])
  })

  it("hears of work that does not tell how far it is, for how long it has lasted", async () => {
    const written: Written = { out: [], notes: [] }
    const program = Effect.gen(function* () {
      const { status, note } = yield* Screen
      yield* status("reading clip.safetensors")
      yield* TestClock.adjust("20 seconds")
      yield* note("read")
      yield* TestClock.adjust("3 seconds")
      yield* status("")
      yield* TestClock.adjust("20 seconds")
    })
    await Effect.runPromise(
      program.pipe(Effect.provide(Screen.layerRecorded(written)), Effect.provide(TestClock.layer())),
    )
    const reading = (seconds: number) => `reading clip.safetensors  (for ${seconds} s)`
    expect(written.notes).toEqual([...[2, 4, 8, 16].map(reading), "read", reading(22)])
  })

  it("does not repeat what other lines have told a moment ago", async () => {
    const written: Written = { out: [], notes: [] }
    const program = Effect.gen(function* () {
      const { status, note } = yield* Screen
      for (let update = 1; update <= 5; update++) {
        yield* status(`update ${update}`)
        yield* TestClock.adjust("1 second")
        yield* note(`saved ${update}`)
      }
    })
    await Effect.runPromise(
      program.pipe(Effect.provide(Screen.layerRecorded(written)), Effect.provide(TestClock.layer())),
    )
    expect(written.notes).toEqual([1, 2, 3, 4, 5].map((update) => `saved ${update}`))
  })
})

it("a terminal shows what changes faster than anyone reads now and then, the last of it, and for how long it has stood", () => {
  let seconds = 0
  const shown: string[] = []
  const status = statusLine({
    line: () => {},
    transient: (text) => void shown.push(text),
    milliseconds: () => 1000 * seconds,
  })
  for (let scene = 0; scene <= 100; scene++) {
    status.show(`scene ${scene}`)
    seconds += 0.001
  }
  status.tick()
  seconds += 3
  status.tick()
  status.show("")
  status.tick()
  expect(shown).toEqual(["scene 0", "scene 50", "scene 100", "scene 100  (for 3 s)", ""])
})

it("a terminal shows at once what is done next, however soon: it may be computed in one piece", () => {
  const shown: string[] = []
  const status = statusLine({ line: () => {}, transient: (text) => void shown.push(text), milliseconds: () => 0 })
  for (const text of ["1 of 9 kernels compiled", "2 of 9 kernels compiled", "planning denoising"]) status.show(text)
  expect(shown).toEqual(["1 of 9 kernels compiled", "planning denoising"])
})

describe("what a program says it is doing", () => {
  const toldOf = async (asJson: boolean, steps: number): Promise<readonly string[]> => {
    const shown: string[] = []
    let seconds = 0
    const screen = { status: (text: string) => Effect.sync(() => void shown.push(text)) } as Screen["Service"]
    const program = Effect.gen(function* () {
      yield* doing("opening shards")
      for (let done = 0; done <= steps; done++) {
        yield* doing("reading pictures", done, steps)
        seconds += 5
      }
    })
    const heard = activityTold(screen, asJson, () => seconds)
    await Effect.runPromise(Effect.provideService(program, Doing, heard))
    return shown
  }

  it("is shown, with the time that remains once pieces tell it", async () => {
    expect(await toldOf(false, 4)).toEqual([
      "opening shards",
      expect.stringMatching(/0\/4 {2}reading pictures {2}0 ms$/),
      expect.stringMatching(/1\/4 {2}reading pictures {2}5 s$/),
      expect.stringMatching(/2\/4 {2}reading pictures {2}10 s, about 10 s left$/),
      expect.stringMatching(/3\/4 {2}reading pictures {2}15 s, about 5 s left$/),
      expect.stringMatching(/4\/4 {2}reading pictures {2}20 s$/),
    ])
  })

  it("stands in a log at once where it leaves no turn to say so later", async () => {
    for (const isTerminal of [true, false]) {
      const [lines, shown] = [[] as string[], [] as string[]]
      const keep = (list: string[]) => (text: string) => Effect.sync(() => void list.push(text))
      const screen = { note: keep(lines), status: keep(shown), isTerminal } as unknown as Screen["Service"]
      const program = Effect.provideService(doingInOnePiece("planning"), Doing, activityTold(screen, false))
      await Effect.runPromise(program)
      expect({ lines, shown }).toEqual(
        isTerminal ? { lines: [], shown: ["planning"] } : { lines: ["planning"], shown: [] },
      )
    }
  })

  it("is not shown to who asked for data", async () => expect(await toldOf(true, 4)).toEqual([]))

  it("goes unheard where nobody listens", async () => {
    await expect(Effect.runPromise(doing("reading"))).resolves.toBeUndefined()
  })
})

it("a command says what it does to a log, and nothing beside data that were asked for", async () => {
  const file = fileURLToPath(new URL("../../models/test/cases/best_acc.pth", import.meta.url))
  const saidBy = async (...args: readonly string[]): Promise<readonly string[]> => {
    const said: string[] = []
    const recorded = Effect.map(Screen, (screen) => ({
      ...screen,
      status: (text: string) => Effect.sync(() => void said.push(text)),
    }))
    const screen = Layer.provide(Layer.effect(Screen, recorded), Screen.layerRecorded({ out: [], notes: [] }))
    await Effect.runPromise(Effect.provide(run(args), screen))
    return said
  }
  expect(await saidBy("inspect", file, "--sha256")).toEqual([expect.stringContaining("reading")])
  expect(await saidBy("inspect", file, "--sha256", "--json")).toEqual([])
})
