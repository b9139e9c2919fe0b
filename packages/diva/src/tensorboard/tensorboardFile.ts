import * as fs from "node:fs/promises"
import { hostname } from "node:os"
import * as path from "node:path"
import { writeFailure } from "@diva/models"
import { Clock, Effect } from "effect"
import type { EventSink, StepEvent } from "../train/events.ts"
import { eventRecord, type LogEvent } from "./eventRecord.ts"

/** Names under which TensorBoard shows a run. */
const scalarsOf = (step: StepEvent, imagesPerUpdate: number): Readonly<Record<string, number>> => ({
  "loss/last_draw": step.loss,
  ...Object.fromEntries(step.losses.map((loss, draw) => [`loss/draw_${draw}`, loss])),
  learning_rate: step.learningRate,
  gradient_norm: step.gradientNorm,
  images_per_second: step.seconds > 0 ? imagesPerUpdate / step.seconds : 0,
})

const wallTime = Effect.map(Clock.currentTimeMillis, (millis) => millis / 1000)

/**
 * Writes every update as scalars that TensorBoard reads (`tensorboard --logdir FOLDER`). Each process of a run writes a file of its
 * own, that begins by voiding what an earlier one wrote beyond its checkpoint. Errors: `StorageFull`, `FileUnwritable`.
 */
export const tensorboardFile = (folder: string): EventSink => {
  let file = ""
  let imagesPerUpdate = 0
  const writing = (events: readonly LogEvent[]) =>
    Effect.tryPromise({
      try: () => fs.appendFile(file, Buffer.concat(events.map(eventRecord))),
      catch: (cause) => writeFailure(file, cause),
    })
  const begin = Effect.fnUntraced(function* (from: number) {
    const now = yield* wallTime
    file = path.join(folder, `events.out.tfevents.${Math.floor(now)}.${hostname()}.${process.pid}`)
    yield* Effect.tryPromise({
      try: () => fs.mkdir(folder, { recursive: true }),
      catch: (cause) => writeFailure(folder, cause),
    })
    yield* writing([
      { _tag: "version", wallTime: now },
      { _tag: "start", wallTime: now, step: from + 1 },
    ])
  })
  return (event) => {
    if (event._tag === "started") {
      imagesPerUpdate = event.imagesPerUpdate
      return begin(event.from)
    }
    if (event._tag === "reopened")
      return Effect.flatMap(wallTime, (now) => writing([{ _tag: "start", wallTime: now, step: event.from + 1 }]))
    if (event._tag !== "step") return Effect.void
    return Effect.flatMap(wallTime, (now) =>
      writing([{ _tag: "scalars", wallTime: now, step: event.update, values: scalarsOf(event, imagesPerUpdate) }]),
    )
  }
}
