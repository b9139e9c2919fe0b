#!/usr/bin/env node
// Every npm script enters here, on whatever Node the machine has (20 or later): it sets up what the task needs,
// then hands over to the pinned Node. Nothing in scripts/setup may import a dependency.
import { spawn } from "node:child_process"
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { pinnedNode } from "./setup/dependencies.mjs"
import { SetupFailure, renderFailure } from "./setup/failure.mjs"
import { setUp } from "./setup/setup.mjs"
import { checkFlags, didYouMean, helpText, taskHelps } from "./taskHelp.mjs"
import { countLine, countReport } from "./testCount.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = (/** @type {string[]} */ ...path) => join(root, "node_modules", ...path)
const main = join(root, "packages", "cli", "src", "main.ts")

/** Dawn prints this for every adapter request, straight to the process's stderr, and has no switch for it. */
const dawnNoise = /^Warning: maxDynamic\w+BuffersPerPipelineLayout artificially reduced.*\n/gm

const environment = () => ({
  ...process.env,
  PATH: `${bin(".bin")}${delimiter}${process.env["PATH"] ?? ""}`,
  // Mesa complains on the user's terminal when this is unset.
  XDG_RUNTIME_DIR: process.env["XDG_RUNTIME_DIR"] ?? tmpdir(),
  // Most of a short command's time is reading TypeScript; compiled once, it starts in a fraction of it.
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? bin(".cache", "node"),
  TURBO_TELEMETRY_DISABLED: "1",
  TURBO_NO_UPDATE_NOTIFIER: "1",
  DO_NOT_TRACK: "1",
})

/**
 * @param {readonly string[]} args
 * @param {string} [cwd]
 * @returns {Promise<number>}
 */
const node24 = (args, cwd = root) =>
  new Promise((resolve, reject) => {
    const child = spawn(pinnedNode(root), args, {
      cwd,
      stdio: ["inherit", "inherit", "pipe"],
      env: environment(),
    })
    // A reader that has gone (`npm run diva -- plan 2>&1 | head`) is no error of what still runs.
    process.stderr.on("error", () => {})
    child.stderr.on("data", (chunk) => process.stderr.write(String(chunk).replace(dawnNoise, "")))
    // Ctrl-C reaches the child by the terminal's process group; this process waits for its orderly end.
    process.on("SIGINT", () => {})
    process.on("SIGTERM", () => child.kill("SIGTERM"))
    child.on("error", reject)
    child.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)))
  })

/** @param {readonly string[]} args */
const testLong = (args) => {
  process.env["DIVA_TESTS"] = "long"
  return test(args)
}

/** npm runs scripts in the repository, wherever it was called: paths that a user types mean where the user stands. */
const whereUserStands = () => process.env["INIT_CWD"] ?? process.cwd()

/** @param {readonly string[]} args */
const test = async (args) => {
  const report = bin(".cache", "diva", "tests.json")
  mkdirSync(dirname(report), { recursive: true })
  rmSync(report, { force: true })
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`]
  const code = await node24([bin("vitest", "vitest.mjs"), "run", ...reporters, ...args])
  process.stdout.write(`${countLine(countReport(report, code))}\n`)
  return code
}

/** @param {readonly string[]} args */
const check = (args) =>
  node24([bin("turbo", "bin", "turbo"), "run", "check", "//#check:root", "--continue=always", ...args])

const examples = join(root, "docs", "examples")

const exampleNames = () =>
  readdirSync(examples).flatMap((file) => (file.endsWith(".ts") ? [basename(file, ".ts")] : []))

/**
 * Runs a program of docs/examples, by its name or path, where the user stands.
 * @param {readonly string[]} args
 */
const example = ([path = "first", ...args]) => {
  const name = basename(path, ".ts")
  const names = exampleNames()
  if (!names.includes(name))
    throw new SetupFailure(`no example "${name}"`, `${didYouMean(name, names)}Examples: ${names.join(", ")}`)
  return node24([join(examples, `${name}.ts`), ...args], whereUserStands())
}

/** @typedef {{ readonly adapter: boolean, readonly run: (args: readonly string[]) => Promise<number> }} Task */

/** @type {Readonly<Record<string, Task>>} */
const tasks = {
  setup: { adapter: true, run: async () => 0 },
  start: { adapter: true, run: (args) => node24([main, "demo", ...args], whereUserStands()) },
  study: { adapter: true, run: (args) => node24([main, "study", ...args]) },
  world: { adapter: true, run: (args) => node24([join(root, "docs", "make", "world.ts"), ...args], whereUserStands()) },
  diva: { adapter: true, run: (args) => node24([main, ...args], whereUserStands()) },
  example: { adapter: true, run: example },
  test: { adapter: true, run: test },
  "test:long": { adapter: true, run: testLong },
  check: { adapter: false, run: check },
  bench: { adapter: true, run: (args) => node24([join(root, "scripts", "bench.mjs"), ...args]) },
  gpu: {
    adapter: !process.argv.includes("--pack"),
    run: (args) => node24([join(root, "scripts", "gpu", "main.ts"), ...args]),
  },
  format: { adapter: false, run: (args) => node24([bin("prettier", "bin", "prettier.cjs"), "--write", ".", ...args]) },
  api: { adapter: false, run: (args) => node24([join(root, "scripts", "api.ts"), ...args]) },
  pack: {
    adapter: false,
    run: (args) => node24([join(root, "scripts", "publish", "main.ts"), ...args], whereUserStands()),
  },
  release: { adapter: false, run: (args) => node24([join(root, "scripts", "publish", "release.ts"), ...args]) },
  docs: { adapter: false, run: (args) => node24([join(root, "docs", "make", "programs.ts"), ...args]) },
  repl: {
    adapter: true,
    run: (args) => node24([join(root, "scripts", "repl", "main.ts"), ...args], whereUserStands()),
  },
  playground: { adapter: false, run: (args) => node24([join(root, "scripts", "playground", "main.ts"), ...args]) },
  site: {
    adapter: false,
    run: (args) => node24([join(root, "scripts", "site", "main.ts"), ...args], whereUserStands()),
  },
  soak: {
    adapter: false,
    run: (args) => node24([join(root, "packages", "diva", "test", "soak", "main.ts"), ...args]),
  },
  mutate: { adapter: true, run: (args) => node24([join(root, "scripts", "mutate.ts"), ...args]) },
}

const oldNode = () =>
  new SetupFailure(
    `Node ${process.versions.node} is too old`,
    "Install Node 20 or later; this repository brings its own Node 24.",
  )

/**
 * @param {string} name
 * @param {readonly string[]} args
 */
const runTask = async (name, args) => {
  if (Number.parseInt(process.versions.node, 10) < 20) throw oldNode()
  const task = tasks[name]
  if (task === undefined)
    throw new SetupFailure(
      `no task "${name}"`,
      `${didYouMean(name, Object.keys(tasks))}Tasks: ${Object.keys(tasks).join(", ")}`,
    )
  const help = taskHelps[name]
  if (help !== undefined && args.some((arg) => arg === "--help" || arg === "-h")) {
    process.stdout.write(helpText(name, help))
    return 0
  }
  checkFlags(name, args)
  await setUp(root, task)
  return task.run(args)
}

const [name = "setup", ...args] = process.argv.slice(2)
try {
  process.exitCode = await runTask(name, args)
} catch (error) {
  if (!(error instanceof SetupFailure)) throw error
  process.stderr.write(renderFailure(error))
  process.exitCode = 1
}
