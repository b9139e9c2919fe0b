import { spawn } from "node:child_process"

const QUIET_MS = 2000
const PLAIN_EVERY_MS = 10_000

/** @param {number} since */
const seconds = (since) => `${Math.round((Date.now() - since) / 1000)} s`

/**
 * Shows `label` with the elapsed time once the work has lasted two seconds: one rewritten line on a terminal,
 * a fresh line every ten seconds elsewhere, so that a log stays readable.
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const withProgress = async (label, work) => {
  const since = Date.now()
  const stop = ticking(label, since)
  try {
    return await work()
  } finally {
    stop()
    if (Date.now() - since >= QUIET_MS) process.stderr.write(`${label}: ${seconds(since)}\n`)
  }
}

/**
 * @param {string} label
 * @param {number} since
 */
const ticking = (label, since) => {
  const live = process.stderr.isTTY === true
  const write = () =>
    process.stderr.write(live ? `\r\x1b[2K${label} … ${seconds(since)}` : `${label} … ${seconds(since)}\n`)
  const first = setTimeout(write, QUIET_MS)
  const later = setInterval(write, live ? 1000 : PLAIN_EVERY_MS)
  return () => {
    clearTimeout(first)
    clearInterval(later)
    if (live) process.stderr.write("\r\x1b[2K")
  }
}

/** @typedef {{ readonly code: number | null, readonly signal: string | null, readonly output: string, readonly stdout: string }} Finished */

/**
 * Runs a command with its output kept, never shown: only a failure needs it.
 * @param {readonly string[]} command
 * @param {{ readonly cwd?: string, readonly env?: NodeJS.ProcessEnv, readonly timeoutMs?: number, readonly started?: (pid: number | undefined) => void }} [options]
 * @returns {Promise<Finished>}
 */
export const capture = ([file = "", ...args], options = {}) =>
  new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs,
    })
    options.started?.(child.pid)
    let output = ""
    let stdout = ""
    child.stdout.on("data", (chunk) => {
      stdout += chunk
      output += chunk
    })
    child.stderr.on("data", (chunk) => (output += chunk))
    child.on("error", (error) => resolve({ code: 127, signal: null, output: String(error), stdout }))
    child.on("close", (code, signal) => resolve({ code, signal, output, stdout }))
  })

/**
 * The last lines of captured output: the part that says why a command failed.
 * @param {string} output
 */
export const tail = (output) => output.trimEnd().split("\n").slice(-20).join("\n")
