import { begunText, scoresText, type TrainEvent } from "@diva/diva"
import { counted } from "@diva/tensor"
import { renderExecution } from "./execution.ts"
import { showBytes, showCount, showNumber, showSeconds } from "../../text/number.ts"
import { renderProgress } from "../progress.ts"
import type { Style } from "../../text/style.ts"

type Of<Tag extends TrainEvent["_tag"]> = Extract<TrainEvent, { readonly _tag: Tag }>

const started = ({ updates, from, imagesPerUpdate, trainedParameters, execution, peakBytes }: Of<"started">): string =>
  [
    from > 0 ? `resuming after update ${from} of ${updates}` : counted(updates, "update"),
    `${counted(imagesPerUpdate, "image")} each`,
    `${showCount(trainedParameters)} trained parameters`,
    ...(execution === undefined ? [] : [renderExecution(execution)]),
    ...(peakBytes === undefined ? [] : [`${showBytes(peakBytes)} at the peak`]),
  ].join(", ")

/** Loss as it came and smoothed, rate, norm of the gradient, throughput, memory, and what was skipped: what is known of them. */
const stepLabel = (step: Of<"step">): string => {
  const { loss, smoothedLoss, learningRate, gradientNorm, imagesPerSecond, memory, skipped = 0, computing } = step
  return [
    `loss ${loss.toFixed(4)}${smoothedLoss === undefined ? "" : ` (${smoothedLoss.toFixed(4)})`}`,
    `rate ${showNumber(learningRate)}`,
    `gradient ${showNumber(gradientNorm)}`,
    ...(imagesPerSecond === undefined ? [] : [`${showNumber(imagesPerSecond)} images/s`]),
    ...(computing === undefined ? [] : [`device busy ≥ ${Math.round(100 * computing)} %`]),
    ...(memory === undefined ? [] : [showBytes(memory.machine)]),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ].join("  ")
}

/** A step as a progress line. */
export const renderStep = (step: Of<"step">, elapsed: number): string =>
  renderProgress({
    done: step.update,
    total: step.updates,
    elapsed,
    remaining: step.eta ?? null,
    label: stepLabel(step),
  })

/** Any other event as a line, or nothing where it goes without saying. */
export const renderEvent = (event: Exclude<TrainEvent, Of<"step">>, style: Style): string | undefined => {
  switch (event._tag) {
    case "started":
      return started(event)
    case "begun":
      return begunText(event)
    case "compiled":
      return style.faint(`compiled ${event.program}`)
    case "scored":
      return `${event.on} after update ${event.update}: ${scoresText(event.scores)}`
    case "pictured":
      return style.faint(`pictures after update ${event.update} in ${event.folder}`)
    case "checkpointed":
      return style.faint(`saved ${event.id}${event.best ? ", the best so far" : ""}`)
    case "deviceLost":
      return `${style.bad("lost")} the device after update ${event.update}: ${event.rule}; reopening it`
    case "reopened":
      return `the device is back; updates after ${event.from} are repeated, to the same bits`
    case "checkpointRejected":
      return `${style.bad("damaged")} ${event.id}: ${event.rule}\n  try  ${event.remedy}`
    case "computesDifferently":
      return `${style.bad("differs")} ${event.rule}\n  try  ${event.remedy}`
    case "skippedSample":
      return style.faint(`skipped sample ${event.skipped}: ${event.shard}: ${event.key}: ${event.reason}`)
    case "interrupted":
      return `stopped after update ${event.update}; its state is saved`
    case "finished":
      return `${counted(event.update, "update")} in ${showSeconds(event.seconds)}`
  }
}
