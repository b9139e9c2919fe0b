import { Effect } from "effect"
import { Features } from "../features/features.ts"
import type { VectorTable } from "../features/vectorTable.ts"
import type { MmvpData } from "../mmvp/mmvpFolder.ts"
import { picturesOfMmvp } from "../mmvp/evaluateMmvp.ts"
import { stockRule } from "../rules/flavours.ts"

/** Vectors of images and captions under the stock rule, by the images' content. */
export interface AlignmentVectors {
  readonly width: number
  readonly images: ReadonlyMap<string, Float32Array>
  readonly texts: VectorTable
}

/** Vectors of MMVP's images and statements, for the drift of alignment. Those of a score just computed are known already. */
export const alignmentVectors = Effect.fn("alignmentVectors")(function* (data: MmvpData) {
  const features = yield* Features
  const { images } = yield* features.images({ pictures: picturesOfMmvp(data), rule: stockRule })
  const statements = data.pairs.flatMap(({ questions }) =>
    questions.map(({ statement }) => [`a photo of ${statement}`]),
  )
  const vectors: AlignmentVectors = {
    width: features.identity.width,
    images: new Map(images.flatMap((image) => (image === undefined ? [] : [[image.sha256, image.vectors.values]]))),
    texts: yield* features.texts(statements),
  }
  return vectors
})

/** Tables of the images that both hold, in one order. */
export const sharedImages = (
  before: AlignmentVectors,
  after: AlignmentVectors,
): readonly [VectorTable, VectorTable] => {
  const shared = [...before.images.keys()].filter((key) => after.images.has(key))
  const table = ({ images, width }: AlignmentVectors): VectorTable => {
    const values = new Float32Array(shared.length * width)
    for (const [i, key] of shared.entries()) values.set(images.get(key)!, i * width)
    return { width, values }
  }
  return [table(before), table(after)]
}
