import { EvaluationEvents, type EvaluationEvent } from "@diva/diva"
import { Effect, type Layer } from "effect"
import { showSeconds } from "../text/number.ts"
import { warmEstimate } from "../render/progress.ts"
import { Screen } from "../screen/screen.ts"

const share = (part: number, whole: number): string => (whole > 0 ? `${Math.round((100 * part) / whole)} %` : "0 %")

/** A line of progress for people, with the seconds that remain of images or texts where they are known. */
export const renderEvaluationEvent = (event: EvaluationEvent, remaining: number | null = null): string => {
  switch (event._tag) {
    case "described": {
      const { what, done, total, cached, skipped, seconds, adapterSeconds } = event
      const known = cached > 0 ? `, ${cached} known from before` : ""
      const left = skipped > 0 ? `, ${skipped} skipped` : ""
      const time = remaining === null ? "" : `, about ${showSeconds(remaining)} left`
      return `${what} ${done}/${total}${known}${left}, ${showSeconds(seconds)}${time}, adapter at work ${share(adapterSeconds, seconds)}`
    }
    case "skipped":
      return `skipped ${event.name}: ${event.rule}`
    case "opened":
      return `${event.name}: ${event.remark}`
    case "scored":
      return `${event.name}: scored in ${showSeconds(event.seconds)}`
  }
}

/** Shows events of an evaluation: progress on a terminal's last line, all else as lines; as JSON lines for programs. */
export const evaluationEvents = (asJson: boolean): Layer.Layer<EvaluationEvents, never, Screen> =>
  EvaluationEvents.layerVia(
    Effect.map(Screen, (screen) => {
      const estimates = { images: warmEstimate(), texts: warmEstimate() }
      const remaining = (event: EvaluationEvent): number | null =>
        event._tag === "described" && !event.isLast
          ? estimates[event.what](event.done, event.total, event.seconds)
          : null
      return (event: EvaluationEvent) => {
        if (asJson) return screen.note(JSON.stringify({ event: event._tag, ...event, _tag: undefined }))
        const text = renderEvaluationEvent(event, remaining(event))
        if (event._tag !== "described") return screen.note(text)
        return event.isLast ? Effect.andThen(screen.status(""), screen.note(text)) : screen.status(text)
      }
    }),
  )
