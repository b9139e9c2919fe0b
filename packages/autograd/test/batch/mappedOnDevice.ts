import { applyOp, type Op } from "@diva/tensor"
import { vmap } from "@diva/autograd"
import type { Trial } from "../onDevice.ts"
import { batchOf, type Sample } from "./mapped.ts"

/** `vmap` of an op over three examples, of the operands that are mapped. */
export const mappedTrial = (op: Op, sample: Sample, mapped: readonly boolean[]): Trial => ({
  title: `vmap of ${op.name} of ${sample.inputs.map(({ shape }) => `[${shape.join(", ")}]`).join(" ")}, mapped ${mapped.join(", ")}`,
  values: batchOf(op, sample, mapped, 3),
  f: (xs) => [
    vmap((...each: typeof xs) => applyOp(op, each, sample.attributes), { in: mapped.map((is) => (is ? 0 : null)) })(
      ...xs,
    ),
  ],
})
