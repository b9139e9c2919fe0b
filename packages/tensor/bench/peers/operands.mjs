// Operands of a subject for any library: seeded noise.

/** @param {readonly number[]} shape */
export const sizeOf = (shape) => shape.reduce((product, extent) => product * extent, 1)

/**
 * @param {readonly number[]} shape
 * @param {number} seed
 */
export const noise = (shape, seed) =>
  Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => ((Math.imul(i + 1, 2654435761) ^ Math.imul(seed + 1, 40503)) >>> 8) / 2 ** 24 - 0.5,
  )

/** The parameters of the transformer block, weights as [in, out], small so that sums stay near one. */
export const blockShapes = ({ width, mlp }) => ({
  scale1: [width],
  offset1: [width],
  wqkv: [width, 3 * width],
  bqkv: [3 * width],
  wo: [width, width],
  bo: [width],
  scale2: [width],
  offset2: [width],
  w1: [width, mlp],
  b1: [mlp],
  w2: [mlp, width],
  b2: [width],
})
