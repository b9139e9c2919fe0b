import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { StoredTensor } from "../storedTensor.ts"
import { tensorMissing, type TensorSpec, type WeightFile } from "../weightFile.ts"
import type { WeightsError } from "../weightsError.ts"
import { transposed } from "./transposed.ts"

/** OpenAI's names of an image tower, and those of timm's VisionTransformer; ends of names are the same. */
const beginnings: readonly (readonly [openai: string, timm: string])[] = [
  ["visual.transformer.resblocks.", "blocks."],
  ["visual.class_embedding", "cls_token"],
  ["visual.positional_embedding", "pos_embed"],
  ["visual.conv1.", "patch_embed.proj."],
  ["visual.ln_pre.", "norm_pre."],
  ["visual.ln_post.", "norm."],
  ["visual.proj", "head.weight"],
]

const insides: readonly (readonly [openai: string, timm: string])[] = [
  [".ln_1.", ".norm1."],
  [".ln_2.", ".norm2."],
  [".attn.in_proj_", ".attn.qkv."],
  [".attn.out_proj.", ".attn.proj."],
  [".mlp.c_fc.", ".mlp.fc1."],
  [".mlp.c_proj.", ".mlp.fc2."],
]

const trunk = "visual.trunk."

const timmName = (name: string): string | undefined => {
  // OpenCLIP keeps SigLIP's towers as timm names them.
  if (name.startsWith(trunk)) return name.slice(trunk.length)
  const beginning = beginnings.find(([openai]) => name.startsWith(openai))
  if (beginning === undefined) return undefined
  const moved = beginning[1] + name.slice(beginning[0].length)
  const inside = insides.find(([openai]) => moved.includes(openai))
  return inside === undefined ? moved : moved.replace(...inside)
}

type Shape = readonly number[]

const shapeOf = (name: string, shape: Shape): Shape => {
  if (name === "cls_token") return [1, 1, ...shape]
  if (name === "pos_embed" && shape.length === 2) return [1, ...shape]
  return name === "head.weight" ? shape.toReversed() : shape
}

interface Moved {
  readonly spec: TensorSpec
  readonly source: string
}

const moved = (specs: Iterable<TensorSpec>): readonly Moved[] =>
  [...specs].flatMap(({ name: source, dtype, shape }): readonly Moved[] => {
    const name = timmName(source)
    return name === undefined ? [] : [{ source, spec: { name, dtype, shape: shapeOf(name, shape) } }]
  })

/** Names and shapes of `asTimm`, without the bias. */
export const timmEntries = (specs: Iterable<TensorSpec>): readonly TensorSpec[] => moved(specs).map(({ spec }) => spec)

/** timm's head has a bias, which CLIP has not. */
const headBias = "head.bias"

const biasOf = (tower: readonly Moved[]): readonly TensorSpec[] =>
  tower
    .filter(({ spec }) => spec.name === "head.weight")
    .map(({ spec }) => ({ name: headBias, dtype: spec.dtype, shape: [spec.shape[0] ?? 0] }))

const zeros = (file: string, spec: TensorSpec, width: number): StoredTensor => ({
  ...spec,
  file,
  bytes: new Uint8Array((spec.shape[0] ?? 0) * width),
})

const widthOf = ({ bytes, shape }: StoredTensor): number =>
  bytes.byteLength /
  Math.max(
    1,
    shape.reduce((product, axis) => product * axis, 1),
  )

const noTower = (file: string): WeightsError => ({
  _tag: "TensorMissing",
  file,
  key: "visual.conv1.weight",
  rule: "it holds no image tower of a CLIP",
  remedy: "diva inspect lists what a file holds; name a CLIP",
})

/**
 * The image tower of an open CLIP as timm's VisionTransformer names and shapes it, the projection as its head: what
 * `timm.create_model("vit_large_patch14_clip_224", num_classes=768)` loads. timm has no text towers, so there is none.
 * Source: timm 1.0 models/vision_transformer.py, `_convert_openai_clip`.  Errors: `TensorMissing`.
 */
export const asTimm = (file: WeightFile): Either<WeightsError, WeightFile> => {
  const tower = moved(file.entries.values())
  if (tower.length === 0) return E.left(noTower(file.file))
  const sources = new Map(tower.map((each) => [each.spec.name, each]))
  const [bias] = biasOf(tower)
  const specs = [...tower.map(({ spec }) => spec), ...(bias === undefined ? [] : [bias])]
  return E.right({
    ...file,
    entries: new Map(specs.map((spec) => [spec.name, spec])),
    read: (name) => {
      const found = sources.get(name === headBias ? "head.weight" : name)
      if (found === undefined) return TE.left(tensorMissing(file.file, name))
      return pipe(
        file.read(found.source),
        TE.map((tensor) => {
          if (name === headBias && bias !== undefined) return zeros(file.file, bias, widthOf(tensor))
          const turned = name === "head.weight" ? transposed(tensor) : tensor
          return { ...turned, name, shape: found.spec.shape }
        }),
      )
    },
  })
}
