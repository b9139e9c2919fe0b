import { Effect } from "effect"
import type { HostArray } from "@diva/tensor"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"

/** Saves a state of half a megabyte in the folder named by the argument, and prints the tag of the error. */
const large: HostArray = { shape: [65_536], dtype: "f32", data: new Float32Array(65_536).fill(1) }

const arrays = new Map([["weight", large]])

const program = Effect.flatMap(Checkpoints, ({ save }) =>
  save({
    update: 2,
    rootKey: [0, 1],
    position: { epoch: 0, position: 0 },
    parameters: arrays,
    optimizer: arrays,
    settings: {},
  }),
).pipe(
  Effect.provide(Checkpoints.layerFolder(process.argv[2]!)),
  Effect.match({ onFailure: ({ _tag }) => _tag, onSuccess: (id) => id }),
)

process.stdout.write(`${await Effect.runPromise(program)}\n`)
