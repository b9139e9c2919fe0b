import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { installed, torch } from "../bench/peers.ts"
import { compileProbe } from "../bench/ceilings.ts"
import { subjectLine, type SubjectLine } from "../bench/line.ts"
import { earlier } from "../bench/earlier.ts"
import { converse } from "../bench/participant.ts"
import { benchmarksPage } from "../bench/page.ts"
import { amended, linesOf, resultsOf } from "../bench/results.ts"
import { measureInRounds } from "../bench/rounds.ts"
import { median, quantile } from "../bench/statistics.ts"
import { selectedSubjects, type Subject } from "../bench/subject.ts"
import { againstEarlier, verdicts } from "../bench/targets.ts"
import { workOf } from "../bench/work.ts"

const file = (name: string): string => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url))

const matmul: Subject = { name: "matmul", sizes: { m: 1024, n: 1024, k: 1024 } }

const line = (by: string, median: number, ofFma: number): SubjectLine => ({
  subject: "matmul",
  shape: "1024×1024×1024",
  sizes: matmul.sizes,
  by,
  kind: "webgpu",
  device: "",
  n: 3,
  repeats: 1,
  median,
  p10: median,
  p90: median,
  first: median,
  ...workOf(matmul),
  ofFma,
  ofCopy: 0,
  others: 0,
  facts: {},
})

test("docs/benchmarks.md is what its lines say", async () => {
  expect(existsSync(file("benchmarks.jsonl"))).toBe(true)
  const page = await benchmarksPage(linesOf(readFileSync(file("benchmarks.jsonl"), "utf8")))
  expect(readFileSync(file("benchmarks.md"), "utf8")).toBe(page)
})

test("a target is reached at its number and missed below it", () => {
  const judged = (own: SubjectLine, peer: SubjectLine) =>
    verdicts(resultsOf([own, peer])).flatMap(({ subject, reached }) =>
      subject.startsWith("matmul 1024") ? [reached] : [],
    )
  expect(judged(line("diva", 10, 0.32), line("jax-js WebGPU", 80, 0.04))).toEqual([true, true])
  expect(judged(line("diva", 10, 0.319), line("jax-js WebGPU", 79, 0.04))).toEqual([false, false])
})

test("another checkout that took part must not be faster, as far as turns agree", () => {
  const earlier = (low: number, middle: number, high: number): SubjectLine => ({
    ...line("diva abc", 10, 0),
    kind: "earlier",
    paired: { median: middle, low, high },
  })
  const judged = (low: number, middle: number, high: number) =>
    againstEarlier(resultsOf([line("diva", 10, 0.3), earlier(low, middle, high)])).map(({ reached, measured }) => [
      reached,
      measured,
    ])
  expect(judged(0.8, 0.98, 1)).toEqual([[true, "1.02 × (turns 1.00 to 1.25)"]])
  expect(judged(0.5, 0.8, 0.9)).toEqual([[false, "1.25 × (turns 1.11 to 2.00)"]])
  expect(judged(0.5, 0.8, 1)).toEqual([[undefined, "1.25 × (turns 1.00 to 2.00)"]])
  // It is no peer: nobody is faster than a WebGPU library by being faster than before.
  const peers = verdicts(resultsOf([line("diva", 10, 0.3), earlier(9, 10, 11)]))
  expect(peers.find(({ target }) => target.includes("WebGPU peer"))?.reached).toBeUndefined()
})

test("a comparison with another checkout has its own section and leaves the rest of the page", async () => {
  const ceilings = { probe: "wgsl", fma: 1e11, copy: 1e10 } as const
  const machine = { processor: "P", cores: 2, memory: 1, system: "L", node: "24" }
  const earlier = { ...line("diva abc", 12, 0), kind: "earlier", paired: { median: 1.25, low: 1.2, high: 1.3 } }
  const lines = [{ machine, ceilings, load: { before: 0, after: 0 }, participants: {} }, line("diva", 10, 0), earlier]
  const compared = { compared: { date: "2000-01-01", command: "npm run bench -- --against ../before", lines } }
  const recorded = amended([line("diva", 7, 0.3)], [compared])
  const page = (await benchmarksPage(recorded)).replaceAll(/ +/g, " ")
  expect(page).toContain("| matmul 1024×1024×1024 | 10.0 | 12.0 | 0.80 × (turns 0.77 to 0.83) | no |")
  expect(page).toContain("**diva abc**")
  expect(page).toContain("| matmul 1024×1024×1024 | 7.00 |")
  expect(amended(recorded, [compared])).toHaveLength(2)
})

test("two participants are compared turn by turn", () => {
  const measured = { by: speaker(""), times: [10, 30, 20], repeats: 1, first: 1, facts: {} }
  const ceilings = { probe: "wgsl", fma: 1, copy: 1 } as const
  const { ratio, paired } = subjectLine(matmul, measured, 0, "", ceilings, [20, 20, 20, 40])
  expect([ratio, paired]).toEqual([1, { median: 1, low: 0.5, high: 1.5 }])
})

test("another checkout measures the same subjects with its own worker, and is named by its commit", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  const worker = new URL("../../packages/tensor/bench/worker.ts", import.meta.url)
  const { kind, command, name } = earlier(root, worker)
  expect([kind, command[1]]).toEqual(["earlier", fileURLToPath(worker)])
  expect(name).toMatch(/^diva ([0-9a-f]+ of \d{4}-\d\d-\d\d|in .+)$/)
  expect(() => earlier("/nowhere", worker)).toThrow("Name the root of another checkout")
})

test("every peer's script is there", () => {
  expect([...installed, torch()].map(({ command }) => existsSync(command[1]!))).toEqual(Array(7).fill(true))
})

test("what a run did not measure is neither reached nor missed", () => {
  expect(new Set(verdicts(resultsOf([])).map(({ reached }) => reached))).toEqual(new Set([undefined]))
})

test("a later run takes the place of what it measured, and leaves the rest", () => {
  const [old, peer, other] = [
    line("diva", 10, 0.3),
    line("jax-js WebGPU", 80, 0),
    { ...line("diva", 5, 0), shape: "9" },
  ]
  const fresh = line("diva", 9, 0.33)
  expect(amended([old, peer, other], [fresh])).toEqual([fresh, other])
  expect(amended([other], [fresh])).toEqual([other, fresh])
})

test("quantiles lie between neighbours", () => {
  expect(median([3, 1, 2, 10])).toBe(2.5)
  expect(quantile([0, 10], 0.1)).toBe(1)
})

test("words select subjects by name and sizes", () => {
  expect(selectedSubjects([matmul], ["matmul 1024"])).toEqual([matmul])
  expect(selectedSubjects([matmul], ["257"])).toEqual([])
})

const speaker = (program: string) =>
  converse({ name: "speaker", kind: "native", command: [process.execPath, "-e", program], settles: 0 })

const answering = (reply: string): string =>
  `process.stdin.on("data", () => console.log("chatter\\nbench> " + ${JSON.stringify(reply)}))`

test("participants that answer are timed, and those that die or fail say why", async () => {
  const all = [
    speaker(answering('{"ms":200,"facts":{}}')),
    speaker("process.exit(3)"),
    speaker(answering('{"why":"too large"}')),
  ]
  const { measured, others } = await measureInRounds(all, matmul, { rounds: 4, seconds: 1, patience: 0 })
  all.forEach(({ end }) => end())
  expect(measured.map(({ times }) => times)).toEqual([[200, 200, 200, 200], [], []])
  expect(measured.map(({ why }) => why)).toEqual([undefined, "ended (3): ", "too large"])
  expect(others).toBeLessThanOrEqual(1)
})

test("a participant that is silent too long is given up", async () => {
  const silent = speaker("process.stdin.resume()")
  expect(await silent.ask({ do: "about" }, 50)).toEqual({ why: "no answer within 0.05 s" })
})

const hasCompiler = spawnSync("cc", ["--version"]).status === 0

test.runIf(hasCompiler)("the native probe finds arithmetic in registers faster than copying", () => {
  using probe = compileProbe()
  const { fma, copy } = probe!.measure()!
  expect(Math.max(...Object.values(fma))).toBeGreaterThan(copy)
  expect(copy).toBeGreaterThan(1e8)
})
