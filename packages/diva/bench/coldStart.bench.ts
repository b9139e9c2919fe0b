// Cold starts: the same program in a process whose driver has nothing cached, then in another with what that left.
import { benchArguments, selects } from "../../../scripts/bench/arguments.ts"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

interface ColdProcess {
  readonly pipelines: number
  readonly dispatches: number
  readonly milliseconds: Readonly<Record<"opened" | "compiled" | "ran" | "all", number>>
}

const script = fileURLToPath(new URL("coldProcess.ts", import.meta.url))

// Mesa keeps what it compiled in this folder.
const startWith = (cache: string): ColdProcess => {
  const env = { ...process.env, MESA_SHADER_CACHE_DIR: cache }
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], { env, encoding: "utf8" })
  if (status !== 0) throw new Error(`${script} failed: ${stderr}`)
  return JSON.parse(stdout) as ColdProcess
}

const tell = (text: string): void => void process.stderr.write(`${text}\n`)

const cache = mkdtempSync(join(tmpdir(), "diva-shader-cache-"))
try {
  if (selects(benchArguments().words, "coldStart")) {
    tell("a first process, whose driver has nothing cached, compiles every kernel: minutes …")
    const first = startWith(cache)
    tell("a second one finds what that left …")
    const second = startWith(cache)
    const { pipelines, dispatches } = first
    const [firstProcess, secondProcess] = [first.milliseconds, second.milliseconds]
    process.stdout.write(
      `${JSON.stringify({ coldStart: "microStep", pipelines, dispatches, firstProcess, secondProcess })}\n`,
    )
  }
} finally {
  rmSync(cache, { recursive: true, force: true })
}
