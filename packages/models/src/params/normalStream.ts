/** FNV-1a over the text's UTF-16 units: mixes a parameter's name into its seed. */
const hashText = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** Chris Doty-Humphrey's sfc32: 128 bits of state, passes PractRand; each call gives 32 bits. */
const bitStream = (seed: number, name: string): (() => number) => {
  let [a, b, c, counter] = [seed | 0, Math.floor(seed / 2 ** 32) | 0, hashText(name) | 0, 1]
  const next = (): number => {
    const sum = (a + b + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

/** Standard normal numbers, by Box and Muller's transform; the stream is a function of seed and name alone. */
export const normalStream = (seed: number, name: string): (() => number) => {
  const bits = bitStream(seed, name)
  let spare: number | undefined
  return () => {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    // (bits + ½)/2³² is never 0, so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log((bits() + 0.5) / 2 ** 32))
    const angle = (2 * Math.PI * bits()) / 2 ** 32
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}
