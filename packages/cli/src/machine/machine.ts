import { Gpu, gpuEventText, type TellGpu } from "@diva/diva"
import type { CompileProgress, Precision } from "@diva/tensor"
import { Effect, Layer } from "effect"
import { deviceWith } from "./adapter.ts"
import { Screen } from "../screen/screen.ts"

/** Shows what a machine tells: kernels as they are compiled as the screen's status, warnings as lines. For programs that read data, warnings alone. */
export const gpuTold =
  (screen: Screen["Service"], asJson: boolean): TellGpu =>
  (event) => {
    if (event._tag === "tuningUnused") return Effect.runSync(screen.note(gpuEventText(event)))
    const isReady = !event.busy && event.done === event.total
    const text = isReady ? `running the program; ${gpuEventText(event)}` : gpuEventText(event)
    if (!asJson) Effect.runSync(screen.status(text))
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
