// Runs steps one after another in a folder, so that whatever stops them, the same call goes on from there.
import { spawn } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { showSeconds } from "../../packages/cli/src/text/number.ts"
import { writeRecords, type Step, type StepRecord } from "./worldSteps.ts"

export interface StepsToRun {
  readonly folder: string
  readonly steps: readonly Step[]
  /** What is known of these and other steps; what is done is added. */
  readonly known: Map<Step, StepRecord>
  /** The words by which a shell calls `diva`. */
  readonly diva: readonly string[]
  readonly say: (line: string) => void
}

/** A step failed, or the user stopped it. */
export class StepStopped extends Error {
  readonly code: number
  constructor(message: string, code: number) {
    super(message)
    this.code = code
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

/** A folder for PATH, in which `diva` is this checkout's. */
const folderOfDiva = (words: readonly string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), "diva-bin-"))
  const file = join(folder, "diva")
  writeFileSync(file, `#!/bin/sh\nexec ${words.map(quoted).join(" ")} "$@"\n`)
  chmodSync(file, 0o755)
  return folder
}

/** The exit code of a command in a shell, which gives up a loop, too, at its first failure. */
const shell = (command: string, cwd: string, bin: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` }
    const child = spawn("sh", ["-ec", command], { cwd, env, stdio: "inherit" })
    const end = () => void child.kill("SIGTERM")
    process.on("SIGTERM", end)
    child.on("error", reject)
    child.on("close", (code, signal) => {
      process.off("SIGTERM", end)
      resolve(code ?? (signal === "SIGINT" ? 130 : 1))
    })
  })

/** A pre-training that began goes on; what else was interrupted writes the same files again. */
const commandOf = ({ command, outs }: Step, folder: string, hasBegun: boolean): string => {
  const holdsRun = outs.some((out) => existsSync(join(folder, out, "manifest.json")))
  return hasBegun && holdsRun && command.startsWith("diva pretrain ") ? `${command} --resume` : command
}

const recordOf = ({ group, command, hash }: Step, finished: boolean, seconds: number): StepRecord => {
  const date = new Date().toISOString()
  return { group, command, hash, finished, seconds: Math.round(seconds * 10) / 10, date }
}

/** One step to its end. What another command left in its folders goes first, and the list tells so before it does. */
const runStep = async ({ folder, known }: StepsToRun, step: Step, bin: string): Promise<number> => {
  const begun = known.get(step)
  const remember = (record: StepRecord): void => writeRecords(folder, [...known.set(step, record).values()])
  if (begun === undefined) {
    writeRecords(folder, [...known.values()])
    for (const out of step.outs) rmSync(join(folder, out), { recursive: true, force: true })
    remember(recordOf(step, false, 0))
  }
  const began = performance.now()
  const code = await shell(commandOf(step, folder, begun !== undefined), folder, bin)
  remember(recordOf(step, code === 0, (begun?.seconds ?? 0) + (performance.now() - began) / 1000))
  return code
}

const goesOn = "what is done is kept, and the same call goes on from there"

/** Runs steps in their order, those that are done excepted. Errors: `StepStopped`. */
export const runSteps = async (run: StepsToRun): Promise<void> => {
  const { folder, steps, known, diva, say } = run
  mkdirSync(folder, { recursive: true })
  const bin = folderOfDiva(diva)
  let isInterrupted = false
  // A terminal sends Ctrl-C to the command, too, which saves and ends; then there is something to say.
  const interrupt = () => void (isInterrupted = true)
  process.on("SIGINT", interrupt)
  try {
    for (const [i, step] of steps.entries()) {
      const name = `step ${i + 1} of ${steps.length}`
      const { finished, seconds } = known.get(step) ?? { finished: false, seconds: 0 }
      say(`${name}${finished ? `, done before in ${showSeconds(seconds)}` : ""}: ${step.command}`)
      if (finished) continue
      const code = await runStep(run, step, bin).catch((error: unknown) => {
        throw new StepStopped(`${name} (${step.group}) failed: ${String(error)}; ${goesOn}`, 1)
      })
      if (isInterrupted || code === 130) throw new StepStopped(`stopped in ${name} (${step.group}); ${goesOn}`, 130)
      if (code !== 0) throw new StepStopped(`${name} (${step.group}) failed with exit code ${code}; ${goesOn}`, code)
    }
  } finally {
    process.off("SIGINT", interrupt)
    rmSync(bin, { recursive: true, force: true })
  }
}
