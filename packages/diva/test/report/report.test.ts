import { execFile, spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import * as http from "node:http"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { findRuns, readRun, remainingSeconds, reportPage, serveReport, turnedFiles } from "../../src/report/index.ts"
import { renderChart, ticks } from "../../src/report/page/chart.ts"
import { meanCurve, repetitions, smoothed, thinned } from "../../src/report/series.ts"
import { temporaryFolder } from "../train/folderRun.ts"
import { writeRun } from "./runFolder.ts"

const count = (text: string, part: string): number => text.split(part).length - 1

const pageOf = (folders: readonly string[]) => Effect.map(Effect.forEach(folders, readRun), (runs) => reportPage(runs))

const chromium = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
)

/** Milliseconds that a browser may take to start and to draw, beside whatever else the machine does. */
const patience = 300_000

/** What a browser makes of a page, its scripts run for some seconds of the browser's own time. */
const rendered = (address: string): Effect.Effect<string> =>
  Effect.callback((resume) => {
    const args = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=6000", "--dump-dom", address]
    execFile(chromium!, args, { timeout: patience }, (_error, text) => resume(Effect.succeed(text)))
  })

const slow = 2 * patience

describe("the report of a run", () => {
  it.effect("is one page without anything from outside, with four charts, the state and the manifest", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "one")
      writeRun(folder)
      const page = yield* pageOf([folder])
      assert.strictEqual(count(page, "<figure>"), 4)
      assert.include(page, "<td>60 of 100</td>")
      assert.include(page, "diva-run")
      assert.notMatch(page, /(src|href)=["']?(https?:)?\/\//)
      assert.notInclude(page, "<script")
    }),
  )

  it.effect("shows what comes from outside as text", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "<b>run")
      writeRun(folder, { skipped: [{ file: "<i>.tar", key: "k", reason: "<script>" }] })
      const page = yield* pageOf([folder])
      assert.notInclude(page, "<img")
      assert.notInclude(page, "<b>")
      assert.notInclude(page, "<i>.tar")
      assert.notInclude(page, "<script>")
      assert.include(page, "&lt;b&gt;run")
    }),
  )

  it.effect("of several seeds has the mean of their losses with its interval", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const folders = [0, 1, 2].map((seed) => join(root, `seed-${seed}`))
      for (const [seed, folder] of folders.entries()) writeRun(folder, { seed })
      const page = yield* pageOf(folders)
      assert.include(page, "mean of 3 seeds: seed-0, seed-1, seed-2")
      assert.strictEqual(count(page, 'opacity="0.15"'), 1)
    }),
  )

  it.effect("has scores before and after, as a table and as a radar", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "scored")
      writeRun(folder, { scores: true })
      const page = yield* pageOf([folder])
      assert.include(page, "<td>scored: model after</td><td>35.0</td>")
      assert.strictEqual(count(page, "fill-opacity"), 2)
    }),
  )

  it.effect("has MMVP's result where one was written beside it, as a row and in the radar", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "scored")
      writeRun(folder, { mmvp: true })
      const page = yield* pageOf([folder])
      assert.include(page, "<td>scored: MMVP of clip.safetensors, stock</td><td>30.0</td><td>31.0</td>")
      assert.strictEqual(count(page, "fill-opacity"), 1)
    }),
  )

  it.effect("shows the pairs that turned, where it was scored before and after", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "scored")
      writeRun(folder, { mmvp: true })
      assert.notInclude(yield* pageOf([folder]), "Pairs that turned")
      const result = readFileSync(turnedFiles(folder).after, "utf8")
      writeFileSync(turnedFiles(folder).before, result.replace('"solved":[true]', '"solved":[false]'))
      const page = yield* pageOf([folder])
      assert.include(page, "Pairs that turned in scored, stock")
      assert.include(page, "solved only after: 1")
    }),
  )

  it.effect(
    "shows scores while training with their intervals, several runs over one another, and the device's share",
    () =>
      Effect.gen(function* () {
        const root = yield* temporaryFolder
        const folders = ["a", "b"].map((name) => join(root, name))
        for (const [seed, folder] of folders.entries()) writeRun(folder, { scored: true, seed })
        const page = yield* pageOf(folders)
        assert.include(page, "MMVP, stock: score while training, with its 95 % interval")
        // A band for each run's scores, and one for the mean of the seeds' losses.
        assert.strictEqual(count(page, 'opacity="0.15"'), 3)
        assert.include(page, "time that the device was at work, at least")
      }),
  )

  it.effect("of a hundred thousand updates is no larger than one of some hundreds", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const [short, long] = [join(root, "a"), join(root, "b")]
      writeRun(short, { updates: 600 })
      writeRun(long, { updates: 100_000 })
      assert.isBelow((yield* pageOf([long])).length, 1.2 * (yield* pageOf([short])).length)
    }),
  )

  it.effect("says what a folder is that holds no run", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(readRun(yield* temporaryFolder))
      assert.strictEqual(error._tag, "NoRun")
    }),
  )
})

describe("a chart", () => {
  it("has room for its intervals", () => {
    const points = [0, 10].map((x) => ({ x, y: 50, low: 10, high: 90 }))
    const chart = renderChart({ title: "scores", unit: "percent", curves: [{ name: "a", colour: "#000", points }] })
    for (const tick of ["20", "80"]) assert.include(chart, `>${tick}</text>`)
  })
})

describe("runs below a folder", () => {
  it.effect("are found with their state: one whose process is gone was killed", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      writeRun(join(root, "a/one"), { outcome: "interrupted" })
      writeRun(join(root, "b"), { outcome: "running" })
      writeFileSync(join(root, "manifest.json"), '{"name":"of something else"}')
      const runs = yield* findRuns([root])
      assert.deepStrictEqual(
        runs.map(({ name, state }) => [name, state]),
        [
          ["one", "interrupted"],
          ["b", "killed"],
        ],
      )
      assert.strictEqual(remainingSeconds(runs[0]!), 20)
    }),
  )
})

describe("watching", () => {
  const ask = (address: string, headers: http.OutgoingHttpHeaders = {}, method = "GET") =>
    Effect.promise(
      () =>
        new Promise<number | undefined>((resolve) => {
          http.request(address, { headers, method }, (answer) => resolve(answer.resume().statusCode)).end()
        }),
    )

  it.live("serves the page to this machine alone, and to no page that calls itself otherwise", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "run")
      writeRun(folder)
      const address = yield* serveReport([folder], 0)
      assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/$/)
      assert.strictEqual(yield* ask(address), 200)
      assert.strictEqual(yield* ask(`${address}body`), 200)
      assert.strictEqual(yield* ask(`${address}../../etc/passwd`), 404)
      assert.strictEqual(yield* ask(address, { host: "evil.example" }), 403)
      assert.strictEqual(yield* ask(address, {}, "POST"), 403)
    }),
  )

  it.live.skipIf(chromium === undefined)(
    "shows in a browser what the run has reached by now",
    () =>
      Effect.gen(function* () {
        const folder = join(yield* temporaryFolder, "run")
        writeRun(folder, { updates: 10 })
        const address = yield* serveReport([folder], 0)
        const first = yield* rendered(address)
        assert.strictEqual(count(first, "<svg"), 4)
        assert.include(first, "10 of 100")
        writeRun(folder, { updates: 20 })
        assert.include(yield* rendered(address), "20 of 100")
        // What its script asks for every few seconds.
        const body = yield* Effect.promise(() => fetch(`${address}body`).then((answer) => answer.text()))
        assert.include(body, "20 of 100")
        assert.notInclude(body, "<html")
      }),
    slow,
  )

  it.live.skipIf(chromium === undefined)(
    "needs no server: the page in a file is drawn as well",
    () =>
      Effect.gen(function* () {
        const folder = join(yield* temporaryFolder, "run")
        writeRun(folder, { scores: true })
        const file = join(folder, "report.html")
        writeFileSync(file, yield* pageOf([folder]))
        assert.strictEqual(count(yield* rendered(`file://${file}`), "<svg"), 5)
      }),
    slow,
  )
})

describe("curves", () => {
  it("are thinned to means", () => {
    const points = Array.from({ length: 1000 }, (_, x) => ({ x, y: 2 * x }))
    const thin = thinned(points, 100)
    assert.strictEqual(thin.length, 100)
    assert.deepStrictEqual(thin[0], { x: 4.5, y: 9 })
  })

  it("smoothed begin at their first value and follow", () => {
    const flat = smoothed([3, 3, 3].map((y, x) => ({ x, y })))
    for (const { y } of flat) assert.approximately(y, 3, 1e-12)
  })

  it("of seeds have a mean where all have a point", () => {
    const curve = meanCurve([
      [
        { x: 1, y: 1 },
        { x: 2, y: 5 },
      ],
      [{ x: 1, y: 3 }],
    ])
    assert.strictEqual(curve.length, 1)
    assert.strictEqual(curve[0]!.y, 2)
    assert.approximately(curve[0]!.high!, 2 + 12.706, 1e-2)
  })

  it("are repetitions only where nothing but the seed differs", () => {
    assert.deepStrictEqual(repetitions([]), [])
  })

  it.each([
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [-3, 12, [-0, 5, 10]],
    [5, 5, [5]],
  ])("between %f and %f have ticks", (low, high, expected) => {
    const found = ticks(low, high)
    assert.strictEqual(found.length, expected.length)
    for (const [i, value] of expected.entries()) assert.approximately(found[i]!, value, 1e-9)
  })
})
