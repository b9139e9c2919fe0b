import type { TensorError } from "@diva/tensor"
import { Context, Effect, Layer } from "effect"
import { deviceGpu, type DeviceOptions } from "./deviceGpu.ts"
import { interpreterGpu } from "./interpreterGpu.ts"
import type { Machine } from "./machine.ts"

/** The machine that computes. Everything it was given is released when the layer's scope ends. */
export class Gpu extends Context.Service<Gpu, Machine>()("diva/run/Gpu") {
  /** The machine's WebGPU adapter. Errors: `DeviceUnavailable`. */
  static readonly layer = (options: DeviceOptions = {}): Layer.Layer<Gpu, TensorError> =>
    Layer.effect(Gpu, Effect.map(deviceGpu(options), Gpu.of))
  /** The CPU references of the ops: slow, exact, needs no adapter; for tests. */
  static readonly layerInterpreter = Layer.succeed(Gpu, Gpu.of(interpreterGpu))
}
