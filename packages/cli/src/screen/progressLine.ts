import { Clock, Effect } from "effect"
import { renderProgress, warmEstimate, type Progress } from "../render/progress.ts"
import { Screen } from "./screen.ts"

/** Short work needs no progress line. */
const silentSeconds = 2

/** Shows progress as the screen's status. */
export interface ProgressLine {
  readonly show: (at: Omit<Progress, "elapsed">) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
}

/** Starts a progress line; time counts from here. Who asked for data gets no lines beside it, but on a terminal the living one. */
export const progressLine = Effect.fnUntraced(function* (asJson = false) {
  const screen = yield* Screen
  const begin = yield* Clock.currentTimeMillis
  const estimate = warmEstimate()
  const show = Effect.fnUntraced(function* (at: Omit<Progress, "elapsed">) {
    const elapsed = ((yield* Clock.currentTimeMillis) - begin) / 1000
    const remaining = at.remaining ?? (at.total === undefined ? null : estimate(at.done, at.total, elapsed))
    if (elapsed < silentSeconds || (asJson && !screen.isTerminal)) return
    yield* screen.status(renderProgress({ ...at, remaining, elapsed }))
  })
  const line: ProgressLine = { show, clear: screen.status("") }
  return line
})
