import type { CompileProgress } from "@diva/tensor"
import { logPace } from "../logPace.ts"

/** What a machine tells while it opens and compiles. */
export type GpuEvent =
  | ({ readonly _tag: "compiling" } & CompileProgress)
  /** Measured decisions that cannot be used: programs are planned by the untuned rule instead. */
  | { readonly _tag: "tuningUnused"; readonly where: string; readonly rule: string; readonly remedy: string }

/** A consumer of what a machine tells. It is called between two turns of the machine and must not wait. */
export type TellGpu = (event: GpuEvent) => void

/** An event in words. */
export const gpuEventText = (event: GpuEvent): string => {
  if (event._tag === "tuningUnused")
    return `the tuning file ${event.where} is not used: ${event.rule}\n  try  ${event.remedy}`
  const { done, total, busy } = event
  if (done >= total) return `${done} of ${total} kernels compiled`
  return busy
    ? `compiling kernel ${done + 1} of ${total}`
    : `${done} of ${total} kernels compiled, the others when they first run`
}

/** Writes events as lines: warnings at once, progress now and then while it lasts. */
export const gpuEventLines = (
  write: (line: string) => void,
  seconds: () => number = () => performance.now() / 1000,
): TellGpu => {
  let [begin, isDue] = [seconds(), logPace()]
  return (event) => {
    if (event._tag === "tuningUnused") return write(gpuEventText(event))
    if (event.busy && isDue(seconds() - begin)) return write(gpuEventText(event))
    if (!event.busy) [begin, isDue] = [seconds(), logPace()]
  }
}

/** Where nobody listens, a warning is still one of the process, as Node shows them. */
export const warnProcess: TellGpu = (event) => {
  if (event._tag === "tuningUnused") process.emitWarning(gpuEventText(event), { type: "TuningCacheInvalid" })
}
