// A short real training run in a process of its own, and how busy the adapter was: prints one JSON document.
//   training.ts OUT small|full BATCH PRECISION
import { spawn, spawnSync } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { fullTraining } from "./fullTraining.ts"
import { jsonLines } from "./part.ts"

const [out = "runs/gpu", scale = "full", batch = "16", precision = "highest"] = process.argv.slice(2)
const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url))
const folder = join(out, "training")
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })

// Without a word on precision a run takes the default; where the flag is unknown the default is all there is.
const hasPrecision = spawnSync(process.execPath, [main, "train", "--help"], { encoding: "utf8" }).stdout.includes(
  "--precision",
)

const full = [...fullTraining(Number(batch), folder), ...(hasPrecision ? ["--precision", precision] : [])]
const small = ["start", "--updates", "2", "--scenes", "24", "--out", folder, "--json"]

/** Percentages that NVIDIA's own tool tells while something runs; none on other adapters. */
const watchUtilisation = (): (() => number | null) => {
  const query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-lms", "200"]
  const tool = spawn("nvidia-smi", query, { stdio: ["ignore", "pipe", "ignore"] })
  const seen: number[] = []
  tool.on("error", () => {})
  tool.stdout.on("data", (chunk: Buffer) => seen.push(...chunk.toString().split("\n").filter(Boolean).map(Number)))
  return () => {
    tool.kill()
    // What lies before the first update is loading and compiling.
    const late = seen.slice(Math.floor(seen.length / 2))
    return late.length === 0 ? null : late.reduce((sum, each) => sum + each, 0) / late.length
  }
}

const utilisation = watchUtilisation()
const child = spawn(process.execPath, [main, ...(scale === "full" ? full : small)], {
  stdio: ["ignore", "pipe", "inherit"],
})
let text = ""
child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()))
const code = await new Promise<number>((resolve) => child.on("close", (status) => resolve(status ?? 1)))
const steps = jsonLines(text, "event").filter(({ event }) => event === "step")
const seconds = steps.map((step) => Number(step["seconds"]))
// The first update compiles.
const warm = seconds.slice(1).toSorted((a, b) => a - b)
const document = {
  batch: scale === "full" ? Number(batch) : null,
  precision,
  updates: seconds,
  secondsPerUpdate: warm[warm.length >> 1],
  losses: steps.map((step) => Number(step["loss"])),
  utilisation: utilisation(),
}
process.stdout.write(`${JSON.stringify(document)}\n`)
// Checkpoints of full size are gigabytes.
rmSync(folder, { recursive: true, force: true })
process.exitCode = code
