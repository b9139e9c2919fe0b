import { Gpu, gpuEventLines, gpuEventText, type TellGpu } from "@diva/diva"
import type { CompileProgress, Precision } from "@diva/tensor"
import { Effect, Layer } from "effect"
import { deviceWith } from "./adapter.ts"
import { Screen } from "./screen.ts"

/**
 * Shows what a machine tells: kernels as they are compiled on the terminal's last line, or in a line now and then elsewhere;
 * warnings as lines. For programs that read data, warnings alone.
 */
export const gpuTold = (screen: Screen["Service"], asJson: boolean): TellGpu => {
  const lines = gpuEventLines((line) => Effect.runSync(screen.note(line)))
  return (event) => {
    if (event._tag === "tuningUnused") return lines(event)
    if (asJson) return
    if (screen.isTerminal) Effect.runSync(screen.status(gpuEventText(event)))
    else lines(event)
  }
}

/** The machine's adapter as commands open it, of the highest precision unless told. Errors: `DeviceUnavailable`. */
export const machine = (asJson: boolean, options: { readonly precision?: Precision } = {}) =>
  Layer.unwrap(Effect.map(Screen, (screen) => Gpu.layer({ tell: gpuTold(screen, asJson), ...options })))

/** Shows how many kernels are compiled, as a machine that runs programs shows it. */
export const compilingTold = (screen: Screen["Service"], asJson: boolean): ((progress: CompileProgress) => void) => {
  const tell = gpuTold(screen, asJson)
  return (progress) => tell({ _tag: "compiling", ...progress })
}

/** This machine's adapter, which says what it compiles. Errors: `DeviceUnavailable`. */
export const deviceTelling = (asJson: boolean) =>
  Effect.flatMap(Screen, (screen) => deviceWith({ onCompiling: compilingTold(screen, asJson) }))
