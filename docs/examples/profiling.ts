// What a program does, where its time goes, and how it is tuned to the adapter at hand.
import { f32, linear, mean, openDevice, softmax, type Tensor } from "@diva/tensor"
import { profile, showProfile } from "@diva/tensor/profile"
import { cacheOfReport, deviceMeasurer, showTuning, tunePrograms } from "@diva/tensor/tune"
import { adapterKey } from "@diva/tensor"

const layer = ({ x, w }: { readonly x: Tensor; readonly w: Tensor }) => mean(softmax(linear(x, w)), { axis: 0 })
const specs = { x: f32([96, 48]), w: f32([40, 48]) }
const filled = ({ shape }: { readonly shape: readonly number[] }) =>
  f32(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
  )
const given = { x: filled(specs.x), w: filled(specs.w) }

await using device = await openDevice({ shippedTuning: false })
using compiled = await device.compile(layer, specs)
const found = await profile(device, compiled, given, { runs: 3 })
console.log(showProfile(found)) // each dispatch with its time, FLOPs, bytes and share of what the adapter reaches

// Two seconds of measuring: each candidate's result is compared, the fastest are timed in turns.
const program = { name: "layer", describe: layer, specs }
await using measurer = deviceMeasurer(() => openDevice({ shippedTuning: false }))
const report = await tunePrograms([program], device.planning, adapterKey(device.info), measurer, { seconds: 2 })
console.log(showTuning(report))

// A device that is opened with the cache plans by it.
await using tuned = await openDevice({ tuning: [cacheOfReport(report)] })
const before = await device.read(compiled(given))
using again = await tuned.compile(layer, specs)
const after = await tuned.read(again(given))
const furthest = Math.max(...Array.from(before.data, (value, i) => Math.abs(value - after.data[i]!)))
console.log(furthest < 1e-5 ? "the same numbers" : `${furthest} apart`)
