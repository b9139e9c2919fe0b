import { printable } from "@diva/models"
import { counted } from "@diva/tensor"
import { Effect } from "effect"
import { gpuEventLines, type TellGpu } from "../gpu/gpuEvents.ts"
import type { EventSink, ScoresTold, StepEvent, TrainEvent } from "../train/observe/events.ts"

const stepText = (step: StepEvent): string =>
  [
    `${step.update}/${step.updates}`,
    `loss ${step.loss.toFixed(4)}${step.smoothedLoss === undefined ? "" : ` (smoothed ${step.smoothedLoss.toFixed(4)})`}`,
    `rate ${step.learningRate.toPrecision(3)}`,
    `gradient ${step.gradientNorm.toPrecision(3)}`,
    `${step.seconds.toFixed(1)} s`,
  ].join("  ")

/** Scores with their intervals, in a line. */
export const scoresText = (scores: ScoresTold): string =>
  Object.entries(scores)
    .map(([name, { value, count, interval }]) => {
      const [low, high] = [interval.low.toFixed(1), interval.high.toFixed(1)]
      return `${name} ${value.toFixed(1)} [${low} … ${high}] of ${count}`
    })
    .join(", ")

const firstOf = (names: readonly string[]): string =>
  names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "")

/** How far given weights fit, in a line. */
export const begunText = ({ taken, fresh, unused }: Extract<TrainEvent, { readonly _tag: "begun" }>): string =>
  [
    `begins with ${taken} of ${counted(taken + unused.length, "given tensor")}`,
    ...(fresh.length === 0 ? [] : [`random: ${firstOf(fresh)}`]),
    ...(unused.length === 0 ? [] : [`not used: ${firstOf(unused)}`]),
  ].join("; ")

/** An event in a line of plain text; nothing for those that go without saying. */
export const eventText = (event: TrainEvent): string | undefined => {
  switch (event._tag) {
    case "started":
      return `${event.from > 0 ? `resuming after update ${event.from} of` : "training"} ${counted(event.updates, "update")} of ${counted(event.imagesPerUpdate, "image")}`
    case "step":
      return stepText(event)
    case "begun":
      return begunText(event)
    case "scored":
      return `scored on ${event.on}: ${scoresText(event.scores)}`
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
