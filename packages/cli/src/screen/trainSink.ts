import type { EventSink, TrainEvent } from "@diva/diva"
import { Clock, Effect } from "effect"
import { styleFor } from "../text/style.ts"
import { renderEvent, renderStep } from "../render/train/trainEvents.ts"
import { Screen } from "./screen.ts"

/** Shows a run's events on the screen, and remembers its losses. */
export interface TrainSink {
  readonly sink: EventSink
  readonly losses: Effect.Effect<readonly number[]>
}

const asLine = (event: TrainEvent): string => JSON.stringify({ event: event._tag, ...event, _tag: undefined })

/** A sink for text (updates as the screen's status, and a line for the last one) or for data (one JSON line per event). */
export const trainSink = Effect.fnUntraced(function* (asJson: boolean) {
  const screen = yield* Screen
  const style = styleFor(screen.isColourful)
  if (!asJson) yield* screen.status("preparing the run")
  // Of a command with several runs each counts from its own start.
  let begin = yield* Clock.currentTimeMillis
  // One of a week's updates each: the list grows in place.
  const losses: number[] = []
  const restart = Effect.map(Clock.currentTimeMillis, (now) => void (begin = now))
  const step = Effect.fnUntraced(function* (event: Extract<TrainEvent, { readonly _tag: "step" }>) {
    const elapsed = ((yield* Clock.currentTimeMillis) - begin) / 1000
    const text = renderStep(event, elapsed)
    yield* event.update === event.updates && !screen.isTerminal ? screen.note(text) : screen.status(text)
  })
  const text = (event: TrainEvent): Effect.Effect<void> => {
    if (event._tag === "step") return step(event)
    const line = renderEvent(event, style)
    const told = line === undefined ? Effect.void : screen.note(line)
    return event._tag === "started" ? Effect.andThen(restart, told) : told
  }
  const show = (event: TrainEvent): Effect.Effect<void> => (asJson ? screen.print(asLine(event)) : text(event))
  const remember = (event: TrainEvent): Effect.Effect<void> =>
    event._tag === "step" ? Effect.sync(() => void losses.push(event.loss)) : Effect.void
  const found: TrainSink = {
    sink: (event) => Effect.andThen(remember(event), show(event)),
    losses: Effect.sync(() => losses),
  }
  return found
})
