import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import { elementCount, storedWidth } from "../storedDType.ts"
import type { StoredTensor } from "../storedTensor.ts"
import { tensorMissing, type TensorSpec, type WeightFile } from "../weightFile.ts"
import type { WeightsError } from "../weightsError.ts"
import { transposed } from "./transposed.ts"
import { type NameRole, openaiName, transformersNames } from "./transformersNames.ts"

type Shape = readonly number[]

/** A third of the rows of three stacked maps. */
const third = (tensor: StoredTensor, part: number, shape: Shape): StoredTensor => {
  const bytes = elementCount(shape) * storedWidth(tensor.dtype)
  return { ...tensor, shape, bytes: tensor.bytes.subarray(part * bytes, (part + 1) * bytes) }
}

const withRows = (shape: Shape, rows: number): Shape => [rows, ...shape.slice(1)]

const shapeOfPart = (shape: Shape, role: NameRole["role"]): Shape => {
  if (role === "same") return shape
  if (role === "transposed") return shape.toReversed()
  return withRows(shape, Math.floor((shape[0] ?? 0) / 3))
}

const partOf = (tensor: StoredTensor, role: NameRole["role"], shape: Shape): StoredTensor => {
  if (role === "same") return tensor
  return role === "transposed" ? transposed(tensor) : third(tensor, role, shape)
}

/** A tensor of a view: what it is called, and how it is read. */
interface Viewed {
  readonly spec: TensorSpec
  readonly read: TaskEither<WeightsError, StoredTensor>
}

const viewOf = (file: WeightFile, tensors: readonly Viewed[]): WeightFile => {
  const byName = new Map(tensors.map((viewed) => [viewed.spec.name, viewed]))
  return {
    ...file,
    entries: new Map(tensors.map(({ spec }) => [spec.name, spec])),
    read: (name) => byName.get(name)?.read ?? TE.left(tensorMissing(file.file, name)),
  }
}

interface Part {
  readonly spec: TensorSpec
  readonly source: string
  readonly role: NameRole["role"]
}

const partsOf = ({ name: source, dtype, shape }: TensorSpec): readonly Part[] =>
  transformersNames(source).map(({ name, role }) => ({
    spec: { name, dtype, shape: shapeOfPart(shape, role) },
    source,
    role,
  }))

/** Names and shapes of `asTransformers`. */
export const transformersEntries = (entries: WeightFile["entries"]): readonly TensorSpec[] =>
  [...entries.values()].flatMap((source) => partsOf(source).map(({ spec }) => spec))

/**
 * An open CLIP of OpenAI's or OpenCLIP's names as transformers' CLIPModel names and shapes it: projections of attention
 * apart, those of the towers turned. What CLIPModel has no place for is left out.
 */
export const asTransformers = (file: WeightFile): WeightFile =>
  viewOf(
    file,
    [...file.entries.values()].flatMap(partsOf).map(({ spec, source, role }): Viewed => {
      const named = TE.map((tensor: StoredTensor) => ({ ...partOf(tensor, role, spec.shape), name: spec.name }))
      return { spec, read: named(file.read(source)) }
    }),
  )

/** Tensors that become one: a single one, or the three maps of an attention in their order. */
type Group = readonly (readonly [source: TensorSpec, role: NameRole["role"]])[]

const stackedShape = (group: Group): Shape => {
  const [first, role] = group[0]!
  if (typeof role !== "number") return shapeOfPart(first.shape, role)
  return withRows(
    first.shape,
    group.reduce((rows, [{ shape }]) => rows + (shape[0] ?? 1), 0),
  )
}

const joined = (parts: readonly StoredTensor[], shape: Shape): StoredTensor => {
  const [first] = parts as readonly [StoredTensor, ...StoredTensor[]]
  const bytes = new Uint8Array(elementCount(shape) * storedWidth(first.dtype))
  let at = 0
  for (const part of parts) {
    bytes.set(part.bytes, at)
    at += part.bytes.byteLength
  }
  return { ...first, shape, bytes }
}

const readGroup = (file: WeightFile, group: Group, spec: TensorSpec): TaskEither<WeightsError, StoredTensor> =>
  pipe(
    group,
    TE.traverseSeqArray(([source, role]) =>
      TE.map((tensor: StoredTensor) => (typeof role === "number" ? tensor : partOf(tensor, role, spec.shape)))(
        file.read(source.name),
      ),
    ),
    TE.map((parts) => ({ ...(parts.length === 1 ? parts[0]! : joined(parts, spec.shape)), name: spec.name })),
  )

const groupsOf = (file: WeightFile): ReadonlyMap<string, Group> => {
  const groups = new Map<string, (readonly [TensorSpec, NameRole["role"]])[]>()
  for (const source of file.entries.values()) {
    const target = openaiName(source.name)
    if (target !== undefined) groups.set(target.name, [...(groups.get(target.name) ?? []), [source, target.role]])
  }
  return groups
}

/** A stacked map needs query, key and value, alike but for their rows. */
const isWhole = (group: Group): boolean => {
  const kinds = new Set(group.map(([{ dtype, shape }]) => `${dtype} ${shape.length} ${shape.slice(1)}`))
  const isStacked = group.some(([, role]) => typeof role === "number")
  return kinds.size === 1 && (isStacked ? group.length === 3 : group.length === 1)
}

const broken = (file: string, key: string): WeightsError => ({
  _tag: "TensorMissing",
  file,
  key,
  rule: "its query, key and value maps are not all present with one element type and width",
  remedy: "fetch the file again, with all its shards",
})

/**
 * An open CLIP of transformers' CLIPModel (or its image tower alone) under OpenAI's names: projections of attention
 * stacked, those of the towers turned.  Errors: `TensorMissing` where one of three stacked maps lacks.
 */
export const fromTransformers = (file: WeightFile): Either<WeightsError, WeightFile> => {
  const viewed: Viewed[] = []
  for (const [name, members] of groupsOf(file)) {
    const group = members.toSorted(([, a], [, b]) => Number(a) - Number(b))
    if (!isWhole(group)) return E.left(broken(file.file, name))
    const spec: TensorSpec = { name, dtype: group[0]![0].dtype, shape: stackedShape(group) }
    viewed.push({ spec, read: readGroup(file, group, spec) })
  }
  return E.right(viewOf(file, viewed))
}
