import { isInteger, type DType } from "../dtype/dtype.ts"
import type { Tensor } from "../graph/tensor.ts"
import { sizeOf, type Spec } from "../shape/shape.ts"
import type { Emit } from "./emit.ts"
import { wgsl, type Wgsl } from "./expression.ts"
import type { Index } from "./indexing.ts"
import { wgslType } from "./element.ts"

/** Element types whose vectors of four are stored as such. */
export const isQuadType = (dtype: DType): boolean => dtype === "f32" || isInteger(dtype)

/** Whether a tensor is a whole number of quads, so that a buffer of it can be bound as an array of vectors. */
export const hasQuads = ({ shape, dtype }: Spec): boolean =>
  isQuadType(dtype) && sizeOf(shape) % 4 === 0 && sizeOf(shape) > 0

/** WGSL vector of four elements. */
export const quadType = (dtype: DType): string => `vec4<${wgslType(dtype)}>`

// A position as quad and component, where the component is known.
const quadOf = ({ terms, offset }: Index): { readonly quad: Index; readonly component: number } | null =>
  terms.every(({ coefficient }) => coefficient % 4 === 0)
    ? {
        quad: {
          terms: terms.map(({ atom, coefficient }) => ({ atom, coefficient: coefficient / 4 })),
          offset: Math.floor(offset / 4),
        },
        component: offset % 4,
      }
    : null

interface Uses {
  readonly positions: Set<string>
  readonly quads: Set<string>
  fits: boolean
}

/** Writes loads of stored tensors, four elements at a time from those in `vectors`. */
export interface QuadReader {
  readonly vectors: ReadonlySet<Tensor>
  readonly load: (tensor: Tensor, name: string, position: Index, emit: Pick<Emit, "text" | "name">) => Wgsl
}

const createReader = (vectors: ReadonlySet<Tensor>, uses: Map<Tensor, Uses>): QuadReader => ({
  vectors,
  load: (tensor, name, position, emit) => {
    const at = emit.text(position)
    const single = wgsl`load_${name}(${at})`
    if (!vectors.has(tensor)) return single
    const used = uses.get(tensor) ?? { positions: new Set(), quads: new Set(), fits: true }
    uses.set(tensor, used)
    const found = quadOf(position)
    if (found === null) {
      used.fits = false
      return single
    }
    const quad = emit.name(quadType(tensor.dtype), wgsl`load4_${name}(${emit.text(found.quad)})`)
    used.positions.add(at.text)
    used.quads.add(quad.text)
    return wgsl`${quad}.${"xyzw"[found.component]!}`
  },
})

// A vector of which one element is used costs more than that element.
const pays = ({ positions, quads, fits }: Uses): boolean => fits && positions.size >= 2 * quads.size

/**
 * What `write` writes when it reads four elements at a time whatever it reads as neighbours. Which tensors those are shows
 * only in the writing, so it is written again without those that turn out not to be.
 */
export const withQuads = <A>(
  reads: readonly Tensor[],
  write: (reader: QuadReader) => A,
): { readonly written: A; readonly vectors: ReadonlySet<Tensor> } => {
  let vectors = new Set(reads.filter(hasQuads))
  for (;;) {
    const uses = new Map<Tensor, Uses>()
    const written = write(createReader(vectors, uses))
    const kept = new Set([...vectors].filter((tensor) => uses.has(tensor) && pays(uses.get(tensor)!)))
    if (kept.size === vectors.size) return { written, vectors }
    vectors = kept
  }
}
