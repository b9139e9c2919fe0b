import type { EventEmitter } from "node:events"
import { expect, test, vi } from "vitest"
import { startThread } from "../../../src/data/decode/decodeThread.ts"

/** A worker that takes its time to end and notes whether it keeps the process alive. */
const workers = vi.hoisted(() => ({ started: [] as { readonly keeps: () => boolean; emit: EventEmitter["emit"] }[] }))

vi.mock("node:worker_threads", async () => {
  const { EventEmitter: Emitter } = await import("node:events")
  class SlowWorker extends Emitter {
    private isKeeping = true
    readonly keeps = (): boolean => this.isKeeping
    constructor() {
      super()
      workers.started.push(this)
    }
    ref(): void {
      this.isKeeping = true
    }
    unref(): void {
      this.isKeeping = false
    }
    postMessage(): void {}
    terminate(): Promise<number> {
      return Promise.resolve(0)
    }
  }
  return { Worker: SlowWorker }
})

test("a thread that is ended keeps the process until it has ended, idle or with answers that still come", async () => {
  const task = { _tag: "Thumbnail", size: 8 } as const
  const [idle, busy] = [startThread(() => undefined), startThread(() => undefined)]
  expect(workers.started.map(({ keeps }) => keeps())).toEqual([false, false])
  void busy.make(new Uint8Array(3), "picture", task)
  const ends = [idle.end(), busy.end()]
  workers.started[1]!.emit("message", { id: 0, outcome: undefined })
  expect(workers.started.map(({ keeps }) => keeps())).toEqual([true, true])
  await Promise.all(ends)
})
