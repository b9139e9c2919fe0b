import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"

/** This program as another process starts it: source in its repository, compiled where it is installed. */
const program = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../main.ts" : "../main.js", import.meta.url))

/** How a process ended. */
export interface JobEnd {
  readonly job: number
  readonly code: number
  /** What it said was wrong. */
  readonly problem: string
}

const parsed = (line: string): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>
  } catch {
    return {}
  }
}

interface Failed {
  readonly tag: string
  readonly problem: string
}

/** One process of `diva ARGS --json`; its stages are passed on as it tells them. */
const runJob = (
  job: number,
  args: readonly string[],
  onStage: (stage: string, left?: number) => void,
): Effect.Effect<JobEnd> =>
  Effect.callback<JobEnd>((resume) => {
    const child = spawn(process.execPath, [...process.execArgv, program, ...args, "--json"], {
      stdio: ["ignore", "pipe", "pipe"],
    })
    let failed: Failed | undefined
    let last = ""
    createInterface({ input: child.stdout }).on("line", (line) => {
      failed = (parsed(line)["error"] as Failed | undefined) ?? failed
    })
    createInterface({ input: child.stderr }).on("line", (line) => {
      const { event, stage, left } = parsed(line)
      if (event === "stage") onStage(String(stage), typeof left === "number" ? left : undefined)
      else if (event === undefined) last = line
    })
    child.on("error", ({ message }) => resume(Effect.succeed({ job, code: 1, problem: message })))
    child.on("close", (code) => {
      const problem = failed === undefined ? last : `${failed.tag}: ${failed.problem}`
      resume(Effect.succeed({ job, code: code ?? 1, problem }))
    })
    // Asked to end, a process finishes and saves its step first.
    return Effect.sync(() => child.kill("SIGINT"))
  })

/** Runs the same command in several processes side by side. Gives those that failed. */
export const runJobs = Effect.fnUntraced(function* (
  count: number,
  args: readonly string[],
  onStage: (job: number, stage: string, left?: number) => void,
) {
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  const ends = yield* Effect.forEach(numbers, (job) => runJob(job, args, (stage, left) => onStage(job, stage, left)), {
    concurrency: "unbounded",
  })
  return ends.filter(({ code }) => code !== 0)
})
