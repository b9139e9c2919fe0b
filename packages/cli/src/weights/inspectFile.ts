import { createHash } from "node:crypto"
import { addToHash } from "@diva/diva"
import { Array, Effect } from "effect"
import {
  elementCount,
  isStoredFloat,
  publishedFile,
  recognise,
  storedWidth,
  type FloatType,
  type PublishedFile,
  type Recognition,
  type StoredDType,
  type TensorSpec,
  type WeightFile,
} from "@diva/models"

/** The content of a file, and which published file it is, if one. */
export interface Content {
  readonly sha256: string
  readonly published?: PublishedFile
}

/** What can be said of an open file of weights from its names, shapes and types. */
export interface Inspection extends Recognition {
  readonly file: string
  readonly format: WeightFile["format"]
  readonly remarks: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: readonly TensorSpec[]
  readonly elements: number
  /** Bytes of all elements. */
  readonly bytes: number
  /** Tensors and elements by element type. */
  readonly types: readonly { readonly dtype: StoredDType; readonly tensors: number; readonly elements: number }[]
}

const total = (tensors: readonly TensorSpec[]): number =>
  tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0)

const typesOf = (tensors: readonly TensorSpec[]): Inspection["types"] =>
  Object.values(Array.groupBy(tensors, ({ dtype }) => dtype))
    .map((group) => ({ dtype: group[0].dtype, tensors: group.length, elements: total(group) }))
    .toSorted((a, b) => b.elements - a.elements)

/** What the trained tensors of a run hold beside the image tower: the map from visual tokens to the diffusion model's context. */
const projection = /^visual_proj\./

/** An inspection of the trained tensors of a run, in which nothing is unexpected: whatever tower it trains is its own. */
export const ofCheckpoint = (inspection: Inspection): Inspection => ({
  ...inspection,
  parts: inspection.parts.map(({ nearest: _nearest, ...part }) => part),
  others: inspection.others.filter((name) => !projection.test(name)),
  remarks: [
    ...inspection.remarks,
    ...(inspection.others.some((name) => projection.test(name)) ? [withProjection] : []),
  ],
})

const withProjection = "visual_proj is the map from visual tokens to the diffusion model's context"

/** Looks at names, shapes and types; with `floats`, as if floats were stored in that type. */
export const inspectFile = (file: WeightFile, floats?: FloatType): Inspection => {
  const tensors = [...file.entries.values()].map(({ name, shape, dtype }) => ({
    name,
    shape,
    dtype: floats !== undefined && isStoredFloat(dtype) ? floats : dtype,
  }))
  return {
    ...recognise(file),
    file: file.file,
    format: file.format,
    remarks: file.remarks,
    metadata: file.metadata,
    tensors,
    elements: total(tensors),
    bytes: tensors.reduce((sum, { shape, dtype }) => sum + elementCount(shape) * storedWidth(dtype), 0),
    types: typesOf(tensors),
  }
}

const severalFiles: ReadonlySet<WeightFile["format"]> = new Set([
  "safetensors in shards",
  "PyTorch zip in shards",
  "diffusers folder",
])

/** The SHA-256 of a file of weights and what it says; undefined for weights in several files. Errors: `FileUnreadable`. */
export const contentOf = Effect.fnUntraced(function* ({ file, format }: WeightFile) {
  if (severalFiles.has(format)) return undefined
  const hash = createHash("sha256")
  yield* addToHash(hash, file)
  const sha256 = hash.digest("hex")
  const published = publishedFile(sha256)
  const content: Content = { sha256, ...(published === undefined ? {} : { published }) }
  return content
})
