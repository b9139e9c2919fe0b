import { Effect, Layer } from "effect"
import {
  input,
  interpret,
  isSpec,
  isTensor,
  mapTree,
  zeros,
  type HostArray,
  type Spec,
  type Tensor,
} from "@diva/tensor"
import { Gpu } from "../../src/gpu/gpu.ts"
import { interpreterGpu } from "../../src/gpu/interpreterGpu.ts"

const zerosOf = ({ shape, dtype }: Spec): HostArray => interpret(zeros(shape, dtype))

/** A machine that computes nothing: every program gives zeros of the right shapes, made once. For what happens around a run. */
export const nullGpu = Layer.succeed(
  Gpu,
  Gpu.of({
    ...interpreterGpu,
    compile: (describe, specs) =>
      Effect.sync(() => {
        const inputs = mapTree(specs, isSpec, (spec: Spec, path): Tensor => input(spec, path))
        const found = mapTree(describe(inputs as never), isTensor, zerosOf)
        return { run: () => Effect.succeed(found as never), peakBytes: undefined }
      }),
  }),
)
