import { Clock, Effect, Ref } from "effect"
import { renderProgress, warmEstimate, type Progress } from "./render/progress.ts"
import { Screen } from "./screen.ts"

/** Short work needs no progress line. */
const silentSeconds = 2
/** On a log, one plain line this often. */
const plainSeconds = 15

/** Shows progress: a living line on a terminal, a plain line now and then elsewhere. */
export interface ProgressLine {
  readonly show: (at: Omit<Progress, "elapsed">) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
}

/** Starts a progress line; time counts from here. */
export const progressLine = Effect.gen(function* () {
  const screen = yield* Screen
  const begin = yield* Clock.currentTimeMillis
  const lastPlain = yield* Ref.make(begin)
  const estimate = warmEstimate()
  const plain = Effect.fnUntraced(function* (now: number, text: string) {
    if (now - (yield* Ref.get(lastPlain)) < plainSeconds * 1000) return
    yield* Ref.set(lastPlain, now)
    yield* screen.note(text)
  })
  const show = Effect.fnUntraced(function* (at: Omit<Progress, "elapsed">) {
    const now = yield* Clock.currentTimeMillis
    const elapsed = (now - begin) / 1000
    const remaining = at.remaining ?? estimate(at.done, at.total, elapsed)
    if (elapsed < silentSeconds) return
    const text = renderProgress({ ...at, remaining, elapsed })
    yield* screen.isTerminal ? screen.status(text) : plain(now, text)
  })
  const line: ProgressLine = { show, clear: screen.status("") }
  return line
})
