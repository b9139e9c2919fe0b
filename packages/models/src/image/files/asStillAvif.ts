const brandAt = 8
const still = new TextEncoder().encode("avif")
const sequence = new TextEncoder().encode("avis")

/**
 * An AVIF sequence under the brand of a still picture: the decoder refuses the former, though the file holds its first picture as a
 * still one too. Source: AVIF specification, "Image Sequence": a file of the brand `avis` with a primary item.
 */
export const asStillAvif = (bytes: Uint8Array): Uint8Array => {
  if (!sequence.every((letter, i) => bytes[brandAt + i] === letter)) return bytes
  const copy = new Uint8Array(bytes)
  copy.set(still, brandAt)
  return copy
}
