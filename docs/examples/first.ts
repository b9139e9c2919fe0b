import { add, iota, less, mul, openDevice, select, square, sub, type Tensor } from "@diva/tensor"

// A program is a function of tensors. Describing it computes nothing; shapes are checked here, where you call.
type State = { readonly x: Tensor; readonly y: Tensor; readonly age: Tensor }
const grid = [21, 64]
const real = sub(mul(iota(grid, 1, "f32"), 3 / 63), 2.2)
const imaginary = sub(mul(iota(grid, 0, "f32"), 2.4 / 20), 1.2)

/** z ← z² + c wherever |z| < 2 still holds; age counts how often it did. */
const iterate = ({ x, y, age }: State): State => {
  const near = less(add(square(x), square(y)), 4)
  return {
    x: select(near, add(sub(square(x), square(y)), real), x),
    y: select(near, add(mul(mul(x, y), 2), imaginary), y),
    age: add(age, select(near, 1, 0)),
  }
}
const iterateFour = ({ state }: { readonly state: State }) => ({ state: [1, 2, 3, 4].reduce(iterate, state) })

// Compiled once, run many times. The state is donated: every run updates it in place.
await using device = await openDevice()
const spec = { shape: grid, dtype: "f32" } as const
const run = await device.compile(iterateFour, { state: { x: spec, y: spec, age: spec } }, { donate: ["state"] })
const zero = { ...spec, data: new Float32Array(21 * 64) }
let state = device.put({ x: zero, y: zero, age: zero })
for (let i = 0; i < 12; i++) state = run({ state }).state

const { age } = await device.read(state)
const shade = (steps: number) => " .:-=+*#%@"[Math.min(9, Math.floor(steps / 5))]
for (let row = 0; row < 21; row++) console.log(Array.from(age.data.slice(row * 64, row * 64 + 64), shade).join(""))
