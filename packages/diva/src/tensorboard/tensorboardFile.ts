import { hostname } from "node:os"
import { Clock, Effect } from "effect"
import { storage, writing } from "../files/storage.ts"
import type { EventSink, StepEvent, TrainEvent } from "../train/observe/events.ts"
import { eventRecord, type LogEvent } from "./eventRecord.ts"

/** Names under which TensorBoard shows a run. */
const scalarsOf = (step: StepEvent, imagesPerUpdate: number): Readonly<Record<string, number>> => ({
  "loss/last_draw": step.loss,
  ...Object.fromEntries(step.losses.map((loss, draw) => [`loss/draw_${draw}`, loss])),
  learning_rate: step.learningRate,
  gradient_norm: step.gradientNorm,
  ...(step.computing === undefined ? {} : { computing: step.computing }),
  images_per_second: step.seconds > 0 ? imagesPerUpdate / step.seconds : 0,
})

type Scored = Extract<TrainEvent, { readonly _tag: "scored" }>

/** `MMVP/stock`, …: percentages, those of nothing left out. */
const scoreScalars = ({ on, scores }: Scored): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(scores).flatMap(([name, { value }]) => (Number.isFinite(value) ? [[`${on}/${name}`, value]] : [])),
  )

const wallTime = Effect.map(Clock.currentTimeMillis, (millis) => millis / 1000)

/**
 * Writes every update and every score as scalars that TensorBoard reads (`tensorboard --logdir FOLDER`). Each process of a run writes a file of its
 * own, that begins by voiding what an earlier one wrote beyond its checkpoint. Errors: `StorageFull`, `FileUnwritable`.
 */
export const tensorboardFile = (folder: string): EventSink => {
  let file = ""
  let imagesPerUpdate = 0
  const write = (events: readonly LogEvent[]) =>
    Effect.flatMap(storage, ({ files }) =>
      writing(file)(files.writeFile(file, Buffer.concat(events.map(eventRecord)), { flag: "a" })),
    )
  const begin = Effect.fnUntraced(function* (from: number) {
    const now = yield* wallTime
    const { files, path } = yield* storage
    file = path.join(folder, `events.out.tfevents.${Math.floor(now)}.${hostname()}.${process.pid}`)
    yield* writing(folder)(files.makeDirectory(folder, { recursive: true }))
    yield* write([
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
      return Effect.flatMap(wallTime, (now) => write([{ _tag: "start", wallTime: now, step: event.from + 1 }]))
    if (event._tag !== "step" && event._tag !== "scored") return Effect.void
    const values = event._tag === "step" ? scalarsOf(event, imagesPerUpdate) : scoreScalars(event)
    return Effect.flatMap(wallTime, (now) => write([{ _tag: "scalars", wallTime: now, step: event.update, values }]))
  }
}
