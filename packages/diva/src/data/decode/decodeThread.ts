import { Worker } from "node:worker_threads"
import type { ImageError } from "@diva/models/image"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import type { Answer, Question } from "./decodeMessages.ts"
import type { MadePicture, PictureTask } from "./pictureTask.ts"

/** What became of a picture; or that the thread ended before it was made. */
export type Outcome = Either<ImageError | ThreadEnded, MadePicture>

/** A thread that ended unasked, with what it said of it. */
export interface ThreadEnded {
  readonly _tag: "ThreadEnded"
  readonly rule: string
}

/** One worker thread and the pictures it is at work on. */
export interface DecodeThread {
  readonly load: () => number
  readonly make: (bytes: Uint8Array, name: string, task: PictureTask) => Promise<Outcome>
  readonly end: () => Promise<void>
}

/** Sources are run as they are; published packages hold compiled files. */
const program = new URL(`./decodeWorker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/** Starts a thread. `ended` is called if it ends without having been asked to. It keeps the process alive only while it has work. */
export const startThread = (ended: () => void): DecodeThread => {
  const worker = new Worker(program, { name: "decode" })
  const waiting = new Map<number, (outcome: Outcome) => void>()
  let questions = 0
  let isEnding = false
  const settled = (id: number, outcome: Outcome): void => {
    waiting.get(id)?.(outcome)
    waiting.delete(id)
    if (waiting.size === 0 && !isEnding) worker.unref()
  }
  const fail = (rule: string): void => {
    ended()
    for (const id of waiting.keys()) settled(id, E.left({ _tag: "ThreadEnded", rule }))
  }
  worker.unref()
  worker.on("message", ({ id, outcome }: Answer) => settled(id, outcome))
  worker.on("error", (cause) => fail(cause instanceof Error ? cause.message : String(cause)))
  worker.on("exit", (code) => fail(`exit code ${code}`))
  return {
    load: () => waiting.size,
    make: (bytes, name, task) =>
      new Promise((settle) => {
        const id = questions++
        // The bytes may be a part of a larger buffer: their own copy is what is handed over.
        const own = new Uint8Array(bytes)
        worker.ref()
        waiting.set(id, settle)
        worker.postMessage({ id, bytes: own, name, task } satisfies Question, [own.buffer])
      }),
    end: async () => {
      waiting.clear()
      // Whoever waits for its end is not to lose the process meanwhile, nor by answers that still come.
      isEnding = true
      worker.ref()
      await worker.terminate()
    },
  }
}
