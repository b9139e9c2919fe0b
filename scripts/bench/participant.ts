import { spawn, type ChildProcess } from "node:child_process"
import { createInterface } from "node:readline"
import { replyMark, type Reply, type Request } from "./serve.ts"

/** Somebody who measures the same subjects in a process of their own. */
export interface Participant {
  readonly name: string
  /** What peers are compared by: a WebGPU adapter, WebAssembly, or native code; or this library as another checkout has it. */
  readonly kind: "webgpu" | "wasm" | "native" | "earlier"
  readonly command: readonly [program: string, ...args: string[]]
  readonly environment?: Readonly<Record<string, string>>
  /** Milliseconds after a turn in which idle threads of this runtime still spin. */
  readonly settles?: number
}

export interface Conversation {
  readonly participant: Participant
  /** Answers `{ why }` when the process dies or takes longer than `limit` milliseconds; it is started anew when next asked. */
  readonly ask: (request: Request, limit?: number) => Promise<Reply>
  readonly end: () => void
  /** Its process, while there is one. */
  readonly pid: () => number | undefined
}

interface Running {
  readonly process: ChildProcess
  readonly next: () => Promise<Reply>
}

// The last words of a process that dies tell more than its exit code.
const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? ""

const start = ({ command: [program, ...args], environment }: Participant): Running => {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...environment } })
  let waiting: ((reply: Reply) => void) | undefined
  let complaints = ""
  child.stderr.on("data", (chunk) => (complaints = `${complaints}${String(chunk)}`.slice(-2000)))
  child.on("error", ({ message }) => waiting?.({ why: message }))
  child.on("close", (code, signal) => waiting?.({ why: `ended (${signal ?? code}): ${lastLine(complaints)}` }))
  // A write to a process that just died is answered by its end.
  child.stdin.on("error", () => {})
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith(replyMark)) waiting?.(JSON.parse(line.slice(replyMark.length)) as Reply)
  })
  return { process: child, next: () => new Promise((resolve) => (waiting = resolve)) }
}

const stopped = ({ process: { exitCode, signalCode } }: Running): boolean => exitCode !== null || signalCode !== null

const afterLimit = (running: Running, limit: number, stop: AbortSignal): Promise<Reply> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => {
      running.process.kill("SIGKILL")
      resolve({ why: `no answer within ${limit / 1000} s` })
    }, limit)
    stop.addEventListener("abort", () => clearTimeout(timer))
  })

/** Opens a conversation; the process starts with the first question. */
export const converse = (participant: Participant): Conversation => {
  let running: Running | undefined
  return {
    participant,
    ask: async (request, limit = 120_000) => {
      if (running === undefined || stopped(running)) running = start(participant)
      const answered = new AbortController()
      const reply = running.next()
      running.process.stdin?.write(`${JSON.stringify(request)}\n`)
      const first = await Promise.race([reply, afterLimit(running, limit, answered.signal)])
      answered.abort()
      return first
    },
    end: () => running?.process.stdin?.end(),
    pid: () => running?.process.pid,
  }
}
