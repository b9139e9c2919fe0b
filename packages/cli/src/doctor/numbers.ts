import type { HostArray, Shape } from "@diva/tensor"

const sizeOf = (shape: Shape): number => shape.reduce((size, extent) => size * extent, 1)

/** Numbers in −1 … 1 without any pattern a kernel could hide behind, the same on every machine. */
export const scattered = (shape: Shape, seed: number): HostArray => {
  let state = seed >>> 0
  const data = Float32Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
  return { shape, dtype: "f32", data }
}

/** max |got − want| / max |want|; infinite where a number is not finite. */
export const relativeError = (got: HostArray, want: HostArray): number => {
  let largest = 0
  let difference = got.data.length === want.data.length ? 0 : Infinity
  for (let i = 0; i < want.data.length; i++) {
    const apart = Math.abs(got.data[i]! - want.data[i]!)
    difference = Number.isNaN(apart) ? Infinity : Math.max(difference, apart)
    largest = Math.max(largest, Math.abs(want.data[i]!))
  }
  return largest === 0 ? difference : difference / largest
}

/** How many elements differ in their bits. */
export const differingElements = (got: HostArray, want: HostArray): number => {
  const bits = ({ data }: HostArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const [a, b] = [bits(got), bits(want)]
  if (a.length !== b.length) return Math.max(got.data.length, want.data.length)
  const width = want.data.BYTES_PER_ELEMENT
  const differing = new Set<number>()
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) differing.add(Math.floor(i / width))
  return differing.size
}
