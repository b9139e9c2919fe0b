import {
  elementCount,
  recognise,
  storedWidth,
  type FloatType,
  type Recognition,
  type StoredDType,
  type TensorSpec,
  type WeightFile,
} from "@diva/models"

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
  [...Map.groupBy(tensors, ({ dtype }) => dtype)]
    .map(([dtype, group]) => ({ dtype, tensors: group.length, elements: total(group) }))
    .toSorted((a, b) => b.elements - a.elements)

const isFloat = (dtype: StoredDType): boolean => dtype.startsWith("F") || dtype === "BF16"

/** Looks at names, shapes and types; with `floats`, as if floats were stored in that type. */
export const inspectFile = (file: WeightFile, floats?: FloatType): Inspection => {
  const tensors = [...file.entries.values()].map(({ name, shape, dtype }) => ({
    name,
    shape,
    dtype: floats !== undefined && isFloat(dtype) ? floats : dtype,
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
