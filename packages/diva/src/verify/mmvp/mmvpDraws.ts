import { sharesOf } from "../../evaluate/rules/patchShares.ts"
import type { HostArray } from "@diva/tensor"
import { Effect } from "effect"
import type { Arrays } from "../caseTensors.ts"
import { caseInvalid, tensorsOf, type MmvpCase } from "./mmvpCase.ts"

/** One stored draw: places of patches for both images of a pair, as one of its texts saw them. */
interface StoredDraw {
  readonly pair: number
  readonly text: number
  /** Which of the reference's calls drew it. */
  readonly call: string
  readonly places: HostArray
}

const drawsIn = (arrays: Arrays): readonly StoredDraw[] =>
  Object.entries(arrays).flatMap(([name, places]) => {
    const [, pair, text, call = ""] = /pair(\d+)\.text([12])(?:_(\w+))?$/.exec(name) ?? []
    return pair === undefined ? [] : [{ pair: Number(pair), text: Number(text), call, places }]
  })

/** The draw that decides: OpenAI's evaluation calls the tower twice and takes the patches of the second call, "local". */
const deciding = (draws: readonly StoredDraw[]): StoredDraw | undefined =>
  draws.find(({ call }) => call === "local") ?? draws.at(-1)

/**
 * The reference's draws as shares of patches, f32 [images, 2, patches]: for each image one draw as the pair's first text
 * saw it, and one as its second did. Undefined where the case stores none.
 */
export const storedShares = Effect.fn("storedShares")(function* ({ found, data }: MmvpCase, patches: number) {
  const file = found.document["random_draws"]
  if (typeof file !== "string") return undefined
  const draws = drawsIn(yield* tensorsOf(found, file))
  const shares = new Float32Array(2 * data.pairs.length * 2 * patches)
  for (const pair of data.pairs.keys())
    for (const text of [1, 2]) {
      const draw = deciding(draws.filter((each) => each.pair === pair && each.text === text))
      if (draw === undefined)
        return yield* caseInvalid(found.file, `${file} has no draw for text ${text} of pair ${pair}`)
      const count = draw.places.shape[1]!
      for (const image of [0, 1]) {
        const places = draw.places.data.subarray(image * count, (image + 1) * count)
        shares.set(sharesOf(places, patches), ((2 * pair + image) * 2 + (text - 1)) * patches)
      }
    }
  const array: HostArray = { shape: [2 * data.pairs.length, 2, patches], dtype: "f32", data: shares }
  return array
})
