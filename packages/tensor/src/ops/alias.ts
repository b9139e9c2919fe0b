import * as E from "fp-ts/lib/Either.js"
import type { Attributes, Example, Op, Sample } from "../op/op.ts"

const one: readonly Example<Attributes>[] = [
  { inputs: [{ shape: [2], values: [1, -2] }], output: { shape: [2], values: [1, -2] } },
]

/** An op that has the value of its first input: a marker for reverse mode or for the reader, which costs nothing to run. */
export const aliasOp = <A extends Attributes>(
  definition: Pick<Op<A>, "name" | "doc" | "vjp"> & { readonly attributes: A; readonly except?: Op["except"] },
): Op<A> => ({
  name: definition.name,
  doc: definition.doc,
  gives: ([x]) => E.right({ shape: x!.shape, dtype: x!.dtype }),
  cpu: ([x], output) => output.data.set(x!.data),
  lowering: { kind: "alias" },
  vjp: definition.vjp,
  flops: () => 0,
  shows: one.map((example) => ({ ...example, attributes: definition.attributes })),
  samples: [[0], [], [3, 5]].map((shape): Sample<A> => ({
    inputs: [{ shape, dtype: "f32" }],
    attributes: definition.attributes,
  })),
  ...(definition.except === undefined ? {} : { except: definition.except }),
})
