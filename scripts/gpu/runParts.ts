import { spawn } from "node:child_process"
import { appendFileSync, createWriteStream, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Part, PartResult } from "./part.ts"

/** Where results go, and how long all parts may take. */
export interface RunOptions {
  readonly root: string
  readonly out: string
  readonly seconds: number
  /** Lines for whoever watches. */
  readonly tell: (line: string) => void
}

interface Ended {
  readonly output: string
  readonly code: number
  readonly isLate: boolean
}

const programOf = ([first = "", ...rest]: readonly string[]): readonly [string, readonly string[]] =>
  /\.(ts|mjs)$/.test(first) ? [process.execPath, [first, ...rest]] : [first, rest]

/** Ends a part and what it started: it leads a process group. */
const end = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL")
  } catch {
    // It ended by itself meanwhile.
  }
}

/** Runs a part's command, keeping all it prints in a log; stops it at its limit. */
const runCommand = (part: Part, seconds: number, { root, out }: RunOptions): Promise<Ended> =>
  new Promise((resolve) => {
    const [program, args] = programOf(part.command)
    const log = createWriteStream(join(out, `${part.name}.log`))
    const child = spawn(program, args, { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      end(child.pid)
    }, 1000 * seconds)
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString()
      log.write(chunk)
    })
    child.stderr.on("data", (chunk: Buffer) => log.write(chunk))
    const done = (code: number): void => {
      clearTimeout(timer)
      log.end()
      resolve({ output, code, isLate })
    }
    child.on("error", (error) => {
      log.write(String(error))
      done(127)
    })
    child.on("close", (code) => done(code ?? 1))
  })

/** Less than this is not worth beginning a part. */
const leastSeconds = 5

const runPart = async (part: Part, left: number, options: RunOptions): Promise<PartResult> => {
  const about = { part: part.name, title: part.title }
  if (part.unavailable !== undefined) return { ...about, outcome: "skipped", seconds: 0, why: part.unavailable }
  if (left < leastSeconds) return { ...about, outcome: "skipped", seconds: 0, why: "no time was left" }
  const begin = performance.now()
  const { output, code, isLate } = await runCommand(part, Math.min(part.seconds, left), options)
  const seconds = (performance.now() - begin) / 1000
  const data = part.read(output)
  const kept = data === undefined ? {} : { data }
  if (isLate) return { ...about, outcome: "late", seconds, why: `stopped after ${seconds.toFixed(0)} s`, ...kept }
  if (code !== 0)
    return { ...about, outcome: "failed", seconds, why: `exit code ${code}: see ${part.name}.log`, ...kept }
  return { ...about, outcome: "done", seconds, ...kept }
}

const summaryLines = (part: Part, result: PartResult, earlier: ReadonlyMap<string, unknown>): readonly string[] => {
  const why = result.why === undefined ? "" : `: ${result.why}`
  const head = `${part.title} — ${result.outcome} in ${result.seconds.toFixed(1)} s${why}`
  const lines = result.data === undefined ? [] : part.lines(result.data as never, earlier)
  return [head, ...lines.map((line) => `  ${line}`), ""]
}

/** Does parts one after another; each one's result is a file, and lines of the summary, before the next begins. */
export const runParts = async (parts: readonly Part[], options: RunOptions): Promise<readonly PartResult[]> => {
  const { out, seconds, tell } = options
  mkdirSync(out, { recursive: true })
  const summary = join(out, "summary.txt")
  writeFileSync(summary, "")
  const begin = performance.now()
  const results: PartResult[] = []
  const earlier = new Map<string, unknown>()
  for (const part of parts) {
    tell(`${part.title} …`)
    const result = await runPart(part, seconds - (performance.now() - begin) / 1000, options)
    results.push(result)
    writeFileSync(join(out, `${part.name}.json`), `${JSON.stringify(result, null, 2)}\n`)
    const lines = summaryLines(part, result, earlier)
    if (result.data !== undefined) earlier.set(part.name, result.data)
    appendFileSync(summary, `${lines.join("\n")}\n`)
    for (const line of lines) tell(line)
  }
  return results
}
