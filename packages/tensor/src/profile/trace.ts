import { showChoice } from "../text/choice.ts"
import type { Profile, StepProfile } from "./profile.ts"

/** One event of the Trace Event Format; times in microseconds. */
export interface TraceEvent {
  readonly name: string
  readonly cat: string
  readonly ph: "X" | "M"
  readonly ts: number
  readonly dur?: number
  readonly pid: number
  readonly tid: number
  readonly args: Readonly<Record<string, string | number>>
}

export interface Trace {
  readonly traceEvents: readonly TraceEvent[]
  readonly displayTimeUnit: "ms"
}

const micro = (seconds: number): number => Math.round(seconds * 1e9) / 1000

const named = (tid: number, name: string): TraceEvent => ({
  name: "thread_name",
  cat: "__metadata",
  ph: "M",
  ts: 0,
  pid: 1,
  tid,
  args: { name },
})

const eventsOf = (step: StepProfile): readonly TraceEvent[] => {
  const { label, family, start, staging, compute, flops, bytes, choice, at, group } = step
  const args = { family, flops, bytes, group, choice: showChoice(choice), at }
  const dispatch = {
    name: label,
    cat: family,
    ph: "X",
    ts: micro(start),
    dur: micro(compute),
    pid: 1,
    tid: 1,
    args,
  } as const
  if (staging === 0) return [dispatch]
  const before = Math.max(0, start - staging)
  return [
    {
      name: `stage for ${label}`,
      cat: "staging",
      ph: "X",
      ts: micro(before),
      dur: micro(staging),
      pid: 1,
      tid: 2,
      args: { group },
    },
    dispatch,
  ]
}

/** A profile in Chrome's Trace Event Format, for chrome://tracing, Perfetto or Speedscope. */
export const chromeTrace = ({ steps }: Profile): Trace => ({
  traceEvents: [named(1, "dispatches"), named(2, "copies into textures"), ...steps.flatMap(eventsOf)],
  displayTimeUnit: "ms",
})
