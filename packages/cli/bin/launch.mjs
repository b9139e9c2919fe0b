// Starts a program of this repository on a Node that runs TypeScript. Plain JavaScript that any Node since 14 understands: it
// must be able to say that the Node which runs it is too old.
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

/** Dawn prints this for every adapter request, straight to the process's stderr, and has no switch for it. */
const dawnNoise = /^Warning: maxDynamic\w+BuffersPerPipelineLayout artificially reduced.*\n/gm

/** @param {string} text */
export const withoutDawnNoise = (text) => text.replace(dawnNoise, "")

/** The first Node that runs TypeScript as it is, and the first that runs what it is compiled to. */
const [firstForSource, firstForCompiled] = [
  [22, 19],
  [20, 9],
]

/**
 * @param {string} version
 * @param {readonly number[]} first
 */
const isAtLeast = (version, [firstMajor = 0, firstMinor = 0]) => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > firstMajor || (major === firstMajor && minor >= firstMinor)
}

/** The Node that the npm package `node` brings, where it is installed. */
const pinnedNode = () => {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("node/package.json"))
    const file = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node")
    return existsSync(file) ? file : undefined
  } catch {
    return undefined
  }
}

/** The Node to run a program with, or what to say where there is none. */
export const nodeToRun = (program = ".ts", version = process.versions.node, pinned = pinnedNode()) => {
  const isSource = program.endsWith(".ts")
  const first = isSource ? firstForSource : firstForCompiled
  if (typeof pinned === "string" && isSource) return { node: pinned }
  if (isAtLeast(version, first)) return { node: process.execPath }
  const remedy = isSource
    ? "npm run setup, which brings Node 24 into the repository; then the same command again"
    : "install a newer Node (https://nodejs.org); then the same command again"
  return { problem: `error  diva needs Node ${first.join(".")} or newer; this is Node ${version}\n  try  ${remedy}\n` }
}

const environment = () => ({
  ...process.env,
  // Mesa complains on the user's terminal when this is unset.
  XDG_RUNTIME_DIR: process.env["XDG_RUNTIME_DIR"] ?? tmpdir(),
})

/**
 * Runs a program where the user stands, and ends as it does.
 * @param {string} program
 * @param {readonly string[]} args
 */
export const launch = (program, args) => {
  const { node, problem } = nodeToRun(program)
  if (node === undefined) {
    process.stderr.write(problem ?? "")
    process.exitCode = 1
    return
  }
  const child = spawn(node, [program, ...args], { stdio: ["inherit", "inherit", "pipe"], env: environment() })
  process.stderr.on("error", () => {})
  child.stderr.on("data", (chunk) => process.stderr.write(withoutDawnNoise(String(chunk))))
  // Ctrl-C reaches the child by the terminal's process group; this process waits for its orderly end.
  process.on("SIGINT", () => {})
  process.on("SIGTERM", () => child.kill("SIGTERM"))
  child.on("close", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1)
  })
}
