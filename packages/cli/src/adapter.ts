import {
  isTensorError,
  openDevice,
  type AdapterFacts,
  type Device,
  type OpenOptions,
  type TensorError,
} from "@diva/tensor"
import { readTuning } from "@diva/tensor/tuning-file"
import { Effect, type Scope } from "effect"
import { renderWarning } from "./render/tuneReport.ts"
import { Screen } from "./screen.ts"

/** Runs a promise whose rejection is a tensor error; any other rejection is a defect. */
const tensorPromise = <A>(start: () => Promise<A>): Effect.Effect<A, TensorError> =>
  Effect.tryPromise({ try: start, catch: (error) => error }).pipe(
    Effect.catch((error) => (isTensorError(error) ? Effect.fail(error) : Effect.die(error))),
  )

/** Opens this machine's adapter for the scope, tuned by the user's cache; one that cannot be used is told. Errors: `DeviceUnavailable`. */
export const deviceWith = Effect.fnUntraced(function* (
  options: OpenOptions,
): Effect.fn.Return<Device, TensorError, Scope.Scope | Screen> {
  const screen = yield* Screen
  const { cache, warnings } = readTuning()
  for (const warning of warnings) yield* screen.note(renderWarning(warning))
  return yield* Effect.acquireRelease(
    tensorPromise(() => openDevice({ tuning: [cache], ...options })),
    (opened) => Effect.promise(() => opened.close()),
  )
})

/** This machine's adapter as every command opens it. */
export const device = deviceWith({})

/** The adapter's name for people: the driver's description, or what else it says of itself. */
export const adapterName = (info: Pick<AdapterFacts, "vendor" | "architecture" | "description">): string =>
  info.description || [info.vendor, info.architecture].filter((part) => part !== "").join(" ") || "an unnamed adapter"
