import { adamw, valueAndGrad, type AdamWState } from "@diva/autograd"
import { clipLogits, clipTextTower, clipVisionTower, unitVectors, type Params } from "@diva/models"
import {
  crossEntropy,
  iota,
  matmul,
  mul,
  add,
  openDevice,
  transpose,
  type Device,
  type DeviceArray,
  type HostArray,
  type Tensor,
} from "@diva/tensor"
import type { LoadedClip } from "./loadClip.ts"

/** Pictures and texts as a CLIP reads them: pixels [n, 3, s, s] f32, ids [m, context] i32. */
export interface Pairs {
  readonly pixels: HostArray
  readonly ids: HostArray
}

type Weights = Readonly<Record<string, DeviceArray>>

/** A CLIP on a device. */
export interface ClipSession {
  readonly name: string
  /** Cosines between pictures and texts, row by row. [n, m] */
  readonly similarities: (pairs: Pairs) => Promise<HostArray>
  /** Takes a step towards each picture being closest to its own text; resolves to the loss before it. Needs n = m. */
  readonly train: (pairs: Pairs) => Promise<number>
  readonly close: () => Promise<void>
}

/** ½ (cross-entropy of pictures against texts + of texts against pictures); picture i belongs to text i.  logits: [n, n] */
const contrastiveLoss = (logits: Tensor): Tensor => {
  const own = iota([logits.shape[0]!])
  return mul(add(crossEntropy(logits, own), crossEntropy(transpose(logits), own)), 0.5)
}

const specOf = <A extends { readonly shape: readonly number[]; readonly dtype: HostArray["dtype"] }>({
  shape,
  dtype,
}: A) => ({ shape, dtype })

const specsOf = (arrays: Readonly<Record<string, HostArray>>) =>
  Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, specOf(array)]))

/** Programs are compiled once for each number of pictures and texts. */
const cached = <A>(make: (pairs: Pairs) => Promise<A>) => {
  const held = new Map<string, Promise<A>>()
  return (pairs: Pairs): Promise<A> => {
    const key = `${pairs.pixels.shape.join()} ${pairs.ids.shape.join()}`
    const found = held.get(key) ?? make(pairs)
    held.set(key, found)
    return found
  }
}

/** What AdamW keeps before its first step. */
const freshState = (weights: Readonly<Record<string, HostArray>>) => {
  const zeros = () =>
    Object.fromEntries(
      Object.entries(weights).map(([name, { shape, dtype, data }]) => [
        name,
        { shape, dtype, data: new Float32Array(data.length) } satisfies HostArray,
      ]),
    )
  const step: HostArray = { shape: [], dtype: "i32", data: new Int32Array(1) }
  return { first: zeros(), second: zeros(), step }
}

/** Puts a CLIP on a device of this browser. `learningRate`: of AdamW, for `train`. */
export const openClip = async (clip: LoadedClip, learningRate = 1e-4): Promise<ClipSession> => {
  const device: Device = await openDevice()
  const [vision, text] = [clipVisionTower(clip.config), clipTextTower(clip.config)]
  const optimizer = adamw({ learningRate, weightDecay: 0 })
  let weights: Weights = device.put(clip.weights)
  let state: unknown

  const compareOf = cached((pairs) =>
    device.compile(
      ({ params, pixels, ids }: { readonly params: Params; readonly pixels: Tensor; readonly ids: Tensor }) =>
        matmul(unitVectors(vision(params, pixels).pooled), transpose(unitVectors(text(params, ids)))),
      { params: specsOf(clip.weights), pixels: specOf(pairs.pixels), ids: specOf(pairs.ids) },
    ),
  )

  type Step = {
    readonly params: Params
    readonly state: AdamWState<Params>
    readonly pixels: Tensor
    readonly ids: Tensor
  }
  const stepOf = cached((pairs) => {
    const step = ({ params, state: held, pixels, ids }: Step) => {
      const loss = (from: Params) => contrastiveLoss(clipLogits(from, vision(from, pixels).pooled, text(from, ids)))
      const [value, gradient] = valueAndGrad(loss)(params)
      const { params: next, state: kept } = optimizer.update(gradient, held, params)
      return { value, params: next, state: kept }
    }
    const params = specsOf(clip.weights)
    const specs = {
      params,
      state: { first: params, second: params, step: { shape: [], dtype: "i32" } },
      pixels: specOf(pairs.pixels),
      ids: specOf(pairs.ids),
    }
    return device.compile(step, specs as never, { donate: ["params", "state"] })
  })

  return {
    name: clip.name,
    similarities: async (pairs) => {
      const compare = await compareOf(pairs)
      return device.read(compare({ params: weights, ...device.put(pairs) }))
    },
    train: async (pairs) => {
      const step = await stepOf(pairs)
      state ??= device.put(freshState(clip.weights))
      const out = step({ params: weights, state, ...device.put(pairs) } as never)
      ;({ params: weights, state } = device.keep({ params: out.params as unknown as Weights, state: out.state }))
      return (await device.read({ value: out.value })).value.data[0]!
    },
    close: () => device.close(),
  }
}
