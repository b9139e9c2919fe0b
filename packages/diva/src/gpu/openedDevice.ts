import { openDevice, type Device, type OpenOptions, type TensorError, type TuningWarning } from "@diva/tensor"
import { readTuning } from "@diva/tensor/tuning-file"
import { Effect, type Scope } from "effect"
import { fromTensorPromise } from "../fromEither.ts"

export interface OpenedDeviceOptions extends OpenOptions {
  /** Called with what is wrong with the user's tuning cache. */
  readonly onWarning: (warning: TuningWarning) => void
}

/**
 * Opens the adapter, tuned by the user's cache, for the scope's life; closing releases every buffer and pipeline.
 * Errors: `DeviceUnavailable`.
 */
export const openedDevice = ({
  onWarning,
  ...options
}: OpenedDeviceOptions): Effect.Effect<Device, TensorError, Scope.Scope> =>
  Effect.acquireRelease(
    fromTensorPromise(async () => {
      const { cache, warnings } = readTuning()
      warnings.forEach(onWarning)
      return openDevice({ tuning: [cache], ...options })
    }),
    (device) => Effect.promise(() => device.close()),
  )
