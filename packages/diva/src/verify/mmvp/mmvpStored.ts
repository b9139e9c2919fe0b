import { clipVisionTower, type Params } from "@diva/models"
import { Gpu } from "../../gpu/gpu.ts"
import type { HostArray, Tensor } from "@diva/tensor"
import { Effect } from "effect"
import { specsOfArrays } from "../caseTensors.ts"
import { compareGroup, type GroupResult, type Pair } from "../group.ts"
import { paramsWhere, pictureOf, tensorsOf, type MmvpCase } from "./mmvpCase.ts"

/** The reference's towers differ from f64 by at most 1e-6; twenty times that, as in the cases of towers alone. */
const bar = { l2: 2e-5, max: 2e-5 }

interface Arguments {
  readonly params: Params
  readonly image: Tensor
}

const tokensOf = Effect.fnUntraced(function* ({ config, params: all }: MmvpCase, pixels: HostArray) {
  const gpu = yield* Gpu
  const params = paramsWhere(all, (name) => name.startsWith("visual."))
  const image: HostArray = { ...pixels, shape: [1, ...pixels.shape] }
  const compiled = yield* gpu.compile(
    ({ params: given, image: x }: Arguments) => ({ tokens: clipVisionTower(config)(given, x).tokens }),
    { params: specsOfArrays(params), image: { shape: image.shape, dtype: image.dtype } },
    { name: "image tower" },
  )
  const { tokens } = yield* Effect.flatMap(compiled.run({ params, image }), gpu.read)
  return tokens
}, Effect.scoped)

const pair = (name: string, got: HostArray, want: HostArray): Pair => ({
  name,
  got: { shape: got.shape, values: got.data },
  want: { shape: want.shape, values: want.data },
})

/** A stored tensor that this reader knows, by its name: pictures after preprocessing, and tokens of the image tower. */
const known = (name: string): readonly [kind: string, id: string] | undefined => {
  const [, kind, id] = /^(preprocessed|image_tokens)_(\d+)$/.exec(name) ?? []
  return kind === undefined || id === undefined ? undefined : [kind, id]
}

const isIds = ({ dtype }: HostArray): boolean => dtype === "i32"

/** Compares what the case stores between pictures and scores, and names what it stores and this reader does not know. */
export const compareStored = Effect.fn("compareStored")(function* (read: MmvpCase) {
  const stored = Object.entries(yield* tensorsOf(read.found, `features_${read.flavour}.safetensors`))
  const pairs = yield* Effect.forEach(
    stored.filter(([name]) => known(name) !== undefined),
    ([name, want]) =>
      Effect.gen(function* () {
        const [kind, id] = known(name)!
        const pixels = yield* pictureOf(read, id)
        return pair(name, kind === "preprocessed" ? pixels : yield* tokensOf(read, pixels), want)
      }),
  )
  const groups: readonly GroupResult[] = pairs.length === 0 ? [] : [compareGroup("pictures and tokens", pairs, bar)]
  const unknown = stored.filter(([name, array]) => known(name) === undefined && !isIds(array)).map(([name]) => name)
  return { groups, unknown }
})
