import type { Tensor } from "../../graph/tensor.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import type { Site } from "../way/way.ts"
import type { Operand } from "./operand.ts"
import { quadEntries } from "./quadElement.ts"
import { quadFinish } from "./quadFinish.ts"
import { finishFunction } from "./tail.ts"

/** The tail of a kernel: `finish4` on four neighbouring elements where `vector` is set, else `finish` on one. */
export interface StoredTail {
  readonly vector: boolean
  readonly code: string
  readonly functions: ReadonlySet<string>
  readonly entries: Kernel["bindings"]
  /** Tensors that it reads as vectors. */
  readonly vectors: ReadonlySet<Tensor>
}

/** A tail on single elements, which every kernel can store by. */
export const elementTail = ({ group, bindings }: Site): StoredTail => ({
  ...finishFunction(group, bindings),
  vector: false,
  entries: bindings.entries,
  vectors: new Set(),
})

/** The tail of a kernel that has neighbouring elements at hand, on four at a time where it can be. */
export const storedTail = (site: Site): StoredTail => {
  const { group, bindings, inPlace } = site
  const quad = quadFinish(group, bindings)
  // A buffer that is read and written is bound once: as vectors for both or for none.
  const vector = quad !== null && (inPlace === null || !group.reads.includes(inPlace) || quad.vectors.has(inPlace))
  if (!vector) return elementTail(site)
  const { code, functions, vectors } = quad
  return { vector, code, functions, entries: quadEntries(bindings, vectors, group), vectors }
}

/**
 * The same of a kernel that reads its `operands` by elements, but for those that `vectorsOf` finds given the code of the tail: what both
 * read must be bound one way.
 */
export const tailBeside = (
  site: Site,
  operands: readonly Operand[],
  vectorsOf: (code: string) => ReadonlySet<Tensor> = () => new Set(),
): StoredTail => {
  const tail = storedTail(site)
  const read = vectorsOf(tail.code)
  const agree = operands.every(
    ({ base, load, computed }) =>
      computed === undefined && load.startsWith("load_in") && (read.has(base) || !tail.vectors.has(base)),
  )
  return agree ? tail : elementTail(site)
}
