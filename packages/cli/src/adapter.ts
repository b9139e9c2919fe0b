import { openedDevice } from "@diva/diva"
import type { AdapterFacts, Device, OpenOptions, TensorError } from "@diva/tensor"
import { Effect, type Scope } from "effect"
import { renderWarning } from "./render/tuneReport.ts"
import { Screen } from "./screen.ts"

/** Opens this machine's adapter for the scope, tuned by the user's cache, with a warning for a cache that cannot be used. Errors: `DeviceUnavailable`. */
export const deviceWith = (options: OpenOptions): Effect.Effect<Device, TensorError, Scope.Scope | Screen> =>
  Effect.flatMap(Screen, (screen) =>
    openedDevice({ ...options, onWarning: (warning) => Effect.runSync(screen.note(renderWarning(warning))) }),
  )

/** This machine's adapter as every command opens it. */
export const device = deviceWith({})

/** The adapter's name for people: the driver's description, or what else it says of itself. */
export const adapterName = (info: Pick<AdapterFacts, "vendor" | "architecture" | "description">): string =>
  info.description || [info.vendor, info.architecture].filter((part) => part !== "").join(" ") || "an unnamed adapter"
