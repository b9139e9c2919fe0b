import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import { gridEdge, resizePositions } from "../../clip/resizePositions.ts"
import { floatBytes, type StoredTensor, toFloat32 } from "../storedTensor.ts"
import type { TensorSpec, WeightFile } from "../weightFile.ts"
import type { WeightsError } from "../weightsError.ts"
import { findParts, type PartKind, unwrapped } from "./signatures.ts"

/** Where an image tower keeps its positions and its patches, and rows of positions before the grid. */
interface ImageNames {
  readonly positions: string
  readonly patches: string
  readonly classTokens: number
}

const imageNames: Readonly<Partial<Record<PartKind, ImageNames>>> = {
  clip: { positions: "visual.positional_embedding", patches: "visual.conv1.weight", classTokens: 1 },
  "transformers clip": {
    positions: "vision_model.embeddings.position_embedding.weight",
    patches: "vision_model.embeddings.patch_embedding.weight",
    classTokens: 1,
  },
  siglip: { positions: "visual.trunk.pos_embed", patches: "visual.trunk.patch_embed.proj.weight", classTokens: 0 },
}

/** Whether a name, without prefix, is that of an image tower's table of positions. */
export const isPositionTable = (name: string): boolean =>
  Object.values(imageNames).some(({ positions }) => positions === name)

type Entries = WeightFile["entries"]

/** A file's table of positions, and the grid that images of the wanted size have. */
interface Table {
  readonly spec: TensorSpec
  readonly classTokens: number
  readonly from: number
  readonly patch: number
}

const tableOf = (entries: Entries): Table | undefined => {
  const specs = new Map(Array.from(entries.values(), (spec) => [unwrapped(spec.name), spec]))
  for (const { kind, prefix } of findParts(entries.keys())) {
    const names = imageNames[kind]
    const spec = specs.get(`${prefix}${names?.positions}`)
    const patch = specs.get(`${prefix}${names?.patches}`)?.shape.at(-1)
    if (names === undefined || spec === undefined || patch === undefined) continue
    const from = gridEdge(spec.shape.at(-2) ?? 0, names.classTokens)
    if (from !== undefined) return { spec, classTokens: names.classTokens, from, patch }
  }
  return undefined
}

/**
 * Pixels of an edge that an image tower's positions are for, by names and shapes: whole patches only, so 378 also for a
 * tower of 384. Undefined where there is no such tower.
 */
export const imageSizeOf = (entries: Entries): number | undefined => {
  const table = tableOf(entries)
  return table === undefined ? undefined : table.from * table.patch
}

const noTower = (file: string): WeightsError => ({
  _tag: "TensorMissing",
  file,
  key: "visual.positional_embedding",
  rule: "it holds no image tower of a CLIP whose positions form a square",
  remedy: "diva inspect lists what a file holds; name a CLIP",
})

const tooSmall = (file: string, { spec, patch }: Table, imageSize: number): WeightsError => ({
  _tag: "NotConvertible",
  file,
  key: spec.name,
  rule: `an image of ${imageSize} pixels does not hold a whole patch of ${patch}`,
  remedy: `choose at least ${patch} pixels, preferably a multiple of it`,
})

const resizeTensor = ({ classTokens, from }: Table, to: number, tensor: StoredTensor, shape: readonly number[]) =>
  pipe(
    toFloat32(tensor),
    E.map((values) => resizePositions({ values, width: shape.at(-1) ?? 1, classTokens }, from, to)),
    E.map((values): StoredTensor => ({ ...tensor, shape, bytes: floatBytes(values, tensor.dtype) })),
  )

const resizedFile = (file: WeightFile, table: Table, to: number): WeightFile => {
  const { name, shape } = table.spec
  const wanted = shape.with(shape.length - 2, table.classTokens + to * to)
  return {
    ...file,
    entries: new Map([...file.entries].map(([key, spec]) => [key, key === name ? { ...spec, shape: wanted } : spec])),
    read: (key) =>
      key === name
        ? pipe(
            file.read(key),
            TE.chainEitherK((tensor) => resizeTensor(table, to, tensor, wanted)),
          )
        : file.read(key),
  }
}

/**
 * An open CLIP for images of `imageSize` pixels: its table of positions is resampled as OpenCLIP does it (bicubic with
 * antialiasing, class token kept) when it is read, in its own element type; everything else stays.
 * Errors: `TensorMissing` (no image tower), `NotConvertible` (smaller than a patch).
 */
export const resizeImages = (file: WeightFile, imageSize: number): Either<WeightsError, WeightFile> => {
  const table = tableOf(file.entries)
  if (table === undefined) return E.left(noTower(file.file))
  const to = Math.floor(imageSize / table.patch)
  if (!(to >= 1)) return E.left(tooSmall(file.file, table, imageSize))
  return E.right(to === table.from ? file : resizedFile(file, table, to))
}
