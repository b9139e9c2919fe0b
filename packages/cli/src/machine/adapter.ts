import { openedDevice } from "@diva/diva"
import type { Device, OpenOptions, TensorError } from "@diva/tensor"
import { Effect, type Scope } from "effect"
import { renderWarning } from "../render/tuneReport.ts"
import { Screen } from "../screen/screen.ts"

/** Opens this machine's adapter for the scope, tuned by the user's cache, with a warning for a cache that cannot be used. Errors: `DeviceUnavailable`. */
export const deviceWith = (options: OpenOptions): Effect.Effect<Device, TensorError, Scope.Scope | Screen> =>
  Effect.flatMap(Screen, (screen) =>
    openedDevice({ ...options, onWarning: (warning) => Effect.runSync(screen.note(renderWarning(warning))) }),
  )

/** This machine's adapter as every command opens it. */
export const device = deviceWith({})
