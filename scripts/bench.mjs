// Runs benchmarks one after another, each in a process of its own: every one prints one JSON line per subject.
// Started in a package it runs that package's, elsewhere those of all packages; arguments select by part of the path.
import { spawnSync } from "node:child_process"
import { globSync } from "node:fs"
import { basename, dirname } from "node:path"

const chosen = process.argv.slice(2)
const inPackage = basename(dirname(process.cwd())) === "packages"
const files = globSync(`${inPackage ? "" : "packages/*/"}bench/**/*.bench.ts`).toSorted()
const wanted = files.filter((path) => chosen.length === 0 || chosen.some((part) => path.includes(part)))
const codes = wanted.map((path) => spawnSync(process.execPath, [path], { stdio: "inherit" }).status)
process.exitCode = codes.every((code) => code === 0) ? 0 : 1
