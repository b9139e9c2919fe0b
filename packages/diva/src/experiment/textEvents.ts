import { printable } from "@diva/models"
import { counted } from "@diva/tensor"
import { Effect } from "effect"
import { gpuEventLines, type TellGpu } from "../gpu/gpuEvents.ts"
import type { EventSink, StepEvent, TrainEvent } from "../train/events.ts"

const stepText = (step: StepEvent): string =>
  [
    `${step.update}/${step.updates}`,
    `loss ${step.loss.toFixed(4)}${step.smoothedLoss === undefined ? "" : ` (smoothed ${step.smoothedLoss.toFixed(4)})`}`,
    `rate ${step.learningRate.toPrecision(3)}`,
    `gradient ${step.gradientNorm.toPrecision(3)}`,
    `${step.seconds.toFixed(1)} s`,
  ].join("  ")

/** An event in a line of plain text; nothing for those that go without saying. */
export const eventText = (event: TrainEvent): string | undefined => {
  switch (event._tag) {
    case "started":
      return `${event.from > 0 ? `resuming after update ${event.from} of` : "training"} ${counted(event.updates, "update")} of ${counted(event.imagesPerUpdate, "image")}`
    case "step":
      return stepText(event)
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
    case "pictured":
      return `pictures after update ${event.update}: ${event.folder}`
    case "checkpointed":
      return `saved ${event.id}${event.best ? ", the best so far" : ""}`
    case "deviceLost":
      return `the device was lost after update ${event.update}: ${event.rule}; reopening it`
    case "reopened":
      return `the device is back; going on after update ${event.from}`
    case "checkpointRejected":
    case "computesDifferently":
      return `${event.rule}; ${event.remedy}`
    case "skippedSample":
      return `skipped sample ${event.skipped}: ${event.shard}: ${event.key}: ${event.reason}`
    case "interrupted":
      return `stopped after update ${event.update}`
    case "finished":
      return `finished ${counted(event.update, "update")} in ${event.seconds.toFixed(0)} s`
    default:
      return undefined
  }
}

/** Names from files are in it: their control characters are spelt out, line by line. */
const toTerminal = (text: string): void => {
  process.stderr.write(`${text.split("\n").map(printable).join("\n")}\n`)
}

/** Writes every event as a line to standard error. */
export const eventsToTerminal: EventSink = (event) =>
  Effect.sync(() => {
    const line = eventText(event)
    if (line !== undefined) toTerminal(line)
  })

/** Writes what the GPU reports as lines to standard error. */
export const gpuToTerminal: TellGpu = gpuEventLines(toTerminal)
