// Runs the benchmarks of the package in the working folder, one after another: each prints one JSON line a subject.
// Arguments select files by part of their name.
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"

const chosen = process.argv.slice(2)
const files = existsSync("bench")
  ? readdirSync("bench")
      .filter((name) => name.endsWith(".bench.ts"))
      .toSorted()
  : []
const wanted = files.filter((name) => chosen.length === 0 || chosen.some((part) => name.includes(part)))
const codes = wanted.map((name) => spawnSync(process.execPath, [join("bench", name)], { stdio: "inherit" }).status)
process.exitCode = codes.every((code) => code === 0) ? 0 : 1
