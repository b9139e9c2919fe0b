import { Effect } from "effect"
import { gpuEventLines, type TellGpu } from "../gpu/gpuEvents.ts"
import type { EventSink, TrainEvent } from "../train/events.ts"

const percent = (update: number, updates: number): string => `${update}/${updates}`

/** An event in a line of plain text; nothing for those that go without saying. */
export const eventText = (event: TrainEvent): string | undefined => {
  switch (event._tag) {
    case "started":
      return `${event.from > 0 ? `resuming after update ${event.from} of` : "training"} ${event.updates} updates of ${event.imagesPerUpdate} images`
    case "step":
      return `${percent(event.update, event.updates)}  loss ${event.loss.toFixed(4)}  rate ${event.learningRate.toPrecision(3)}  ${event.seconds.toFixed(1)} s`
    case "scored":
      return `scored on ${event.on}: ${Object.entries(event.scores)
        .map(
          ([
            name,
            {
              value,
              count,
              interval: { low, high },
            },
          ]) => `${name} ${value.toFixed(1)} [${low.toFixed(1)} … ${high.toFixed(1)}] of ${count}`,
        )
        .join(", ")}`
    case "checkpointed":
      return `saved ${event.id}`
    case "checkpointRejected":
    case "computesDifferently":
      return `${event.rule}; ${event.remedy}`
    case "skippedSample":
      return `skipped sample ${event.skipped}: ${event.shard}: ${event.key}: ${event.reason}`
    case "interrupted":
      return `stopped after update ${event.update}`
    case "finished":
      return `finished ${event.update} updates in ${event.seconds.toFixed(0)} s`
    default:
      return undefined
  }
}

/** Writes every event as a line to standard error. */
export const eventsToTerminal: EventSink = (event) =>
  Effect.sync(() => {
    const line = eventText(event)
    if (line !== undefined) process.stderr.write(`${line}\n`)
  })

/** Writes what the machine tells as lines to standard error. */
export const gpuToTerminal: TellGpu = gpuEventLines((line) => void process.stderr.write(`${line}\n`))
