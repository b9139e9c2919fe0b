import { Effect } from "effect"
import {
  type HostArray,
  type Spec,
  type Tensor,
  input,
  interpret,
  isHostArray,
  isSpec,
  leavesOf,
  mapTree,
} from "@diva/tensor"
import { fromTensor } from "../fromEither.ts"
import type { Machine } from "./machine.ts"

const byPath = (args: unknown): ReadonlyMap<string, HostArray> =>
  new Map(leavesOf(args, isHostArray).map(({ path, leaf }) => [path, leaf]))

const described = <Args, Out>(describe: (args: Args) => Out, specs: unknown): Out =>
  describe(mapTree(specs, isSpec, (spec: Spec, path): Tensor => input(spec, path)) as Args)

/** Computes by the ops' CPU references; holds nothing but what the caller holds. */
export const interpreterGpu: Machine = {
  info: { vendor: "none", architecture: "interpreter", description: "CPU references of the ops", isSoftware: true },
  limits: undefined,
  compiled: Effect.succeed([]),
  reopen: Effect.void,
  live: Effect.succeed({ buffers: 0, bytes: 0 }),
  compile: (describe, specs) =>
    Effect.map(
      fromTensor(() => described(describe, specs)),
      (outputs) => ({
        run: (args) => fromTensor(() => interpret(outputs, byPath(args)) as never),
        peakBytes: undefined,
      }),
    ),
  put: (tree) => Effect.succeed(tree as never),
  read: (tree) => Effect.succeed(tree as never),
}
