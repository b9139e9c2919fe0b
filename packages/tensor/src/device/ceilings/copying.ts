import { limitOf } from "../../adapter/adapterFacts.ts"
import type { DeviceState } from "../state.ts"
import { bestOf, dispatchOf, parameters, storageBuffer, unlessRefused, type EncodeProbe } from "./timing.ts"

const mebi = 2 ** 20

const vectorBytes = 16

/** How a copying kernel goes through memory: so many vectors of four an invocation, a workgroup's side by side. */
interface Reach {
  readonly lanes: number
  readonly vectors: number
}

const shaderFor = ({
  lanes,
  vectors,
}: Reach): string => `@group(0) @binding(0) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> target_: array<vec4<f32>>;
struct Params { count: u32 }
@group(0) @binding(2) var<uniform> params: Params;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first = (group.x + group.y * groups.x) * ${lanes * vectors}u + lane;
  ${Array.from(
    { length: vectors },
    (_, i) =>
      `if (first + ${i * lanes}u < params.count) { target_[first + ${i * lanes}u] = source[first + ${i * lanes}u]; }`,
  ).join("\n  ")}
}`

/** Two buffers to copy between. */
interface Pair {
  readonly bytes: number
  readonly source: GPUBuffer
  readonly target: GPUBuffer
}

const freePair = ({ source, target }: Pair): void => {
  source.destroy()
  target.destroy()
}

const pairOf = ({ gpu }: DeviceState, bytes: number): Promise<Pair | undefined> =>
  unlessRefused(gpu, () => ({ bytes, source: storageBuffer(gpu, bytes), target: storageBuffer(gpu, bytes) }))

const repeated =
  (encode: EncodeProbe, times: number): EncodeProbe =>
  (encoder) => {
    for (let i = 0; i < times; i++) encode(encoder)
  }

/** Bytes read plus bytes written per second by the fastest way to copy a pair, `times` after one another. */
const rateOf = async (state: DeviceState, pair: Pair, reaches: readonly Reach[], times: number): Promise<number> => {
  const { source, target, bytes } = pair
  const count = bytes / vectorBytes
  const given = parameters(state.gpu, count)
  const ways: EncodeProbe[] = [(encoder) => encoder.copyBufferToBuffer(source, 0, target, 0, bytes)]
  for (const reach of reaches) {
    const groups = Math.ceil(count / (reach.lanes * reach.vectors))
    ways.push(await dispatchOf(state.gpu, shaderFor(reach), [source, target, given], groups))
  }
  let best = Infinity
  for (const way of ways) best = Math.min(best, await bestOf(state, repeated(way, times)))
  given.destroy()
  return (2 * bytes * times) / best
}

const softwareReaches: readonly Reach[] = [{ lanes: 64, vectors: 1 }]

const hardwareReaches: readonly Reach[] = [
  { lanes: 256, vectors: 1 },
  { lanes: 256, vectors: 4 },
]

/** Seconds that one copy should take at least: caches are small against it then. */
const longEnough = 4e-4

/** Copies of one submission on a GPU: what a submission costs spreads over them. */
const times = 16

/** The rate of the smallest copy that takes long enough, from 64 MiB to 1 GiB, as memory and limits allow. */
const onGpu = async (state: DeviceState): Promise<number> => {
  const most = Math.min(
    1024 * mebi,
    limitOf(state.info, "maxStorageBufferBindingSize", 128 * mebi),
    limitOf(state.info, "maxBufferSize", 256 * mebi),
  )
  let rate = 0
  for (let bytes = 64 * mebi; bytes <= most; bytes *= 4) {
    const pair = await pairOf(state, bytes)
    if (pair === undefined) break
    rate = await rateOf(state, pair, hardwareReaches, times)
    freePair(pair)
    if ((2 * bytes) / rate >= longEnough) break
  }
  return rate
}

const onSoftware = async (state: DeviceState): Promise<number> => {
  const pair = await pairOf(state, 32 * mebi)
  if (pair === undefined) return 0
  const rate = await rateOf(state, pair, softwareReaches, 1)
  freePair(pair)
  return rate
}

/** Bytes read plus bytes written per second by the fastest of copying kernels and a buffer copy. */
export const measureCopying = (state: DeviceState): Promise<number> =>
  state.info.isSoftware ? onSoftware(state) : onGpu(state)
