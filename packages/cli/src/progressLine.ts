import { logPace } from "@diva/diva"
import { Clock, Effect } from "effect"
import { renderProgress, warmEstimate, type Progress } from "./render/progress.ts"
import { Screen } from "./screen.ts"

/** Short work needs no progress line. */
const silentSeconds = 2
/** Shows progress: a living line on a terminal, a plain line now and then elsewhere. */
export interface ProgressLine {
  readonly show: (at: Omit<Progress, "elapsed">) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
}

/** Starts a progress line; time counts from here. Who asked for data gets no lines beside it, but on a terminal the living one. */
export const progressLine = Effect.fnUntraced(function* (asJson = false) {
  const screen = yield* Screen
  const begin = yield* Clock.currentTimeMillis
  const isDue = logPace()
  const estimate = warmEstimate()
  const plain = (elapsed: number, text: string): Effect.Effect<void> =>
    Effect.suspend(() => (!asJson && isDue(elapsed) ? screen.note(text) : Effect.void))
  const show = Effect.fnUntraced(function* (at: Omit<Progress, "elapsed">) {
    const elapsed = ((yield* Clock.currentTimeMillis) - begin) / 1000
    const remaining = at.remaining ?? estimate(at.done, at.total, elapsed)
    if (elapsed < silentSeconds) return
    const text = renderProgress({ ...at, remaining, elapsed })
    yield* screen.isTerminal ? screen.status(text) : plain(elapsed, text)
  })
  const line: ProgressLine = { show, clear: screen.status("") }
  return line
})
