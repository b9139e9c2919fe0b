/** Red, green and blue, each 0 … 255. */
export type Colour = readonly [number, number, number]

/** A colour of its hexadecimal text: `2563eb`. */
const hex = (text: string): Colour => {
  const [r, g, b] = [0, 2, 4].map((at) => Number.parseInt(text.slice(at, at + 2), 16))
  return [r!, g!, b!]
}

export const paper = hex("ffffff")
export const ink = hex("334155")
export const faint = hex("e2e8f0")

/** Colours of series and classes; they stay apart for most kinds of colour blindness. */
const series = ["2563eb", "ea580c", "16a34a", "9333ea", "db2777", "0891b2", "a16207", "475569"].map(hex)

export const seriesColour = (i: number): Colour => series[i % series.length]!

// Matplotlib's viridis at ten places: lightness grows evenly from end to end.
const scale = ["440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725"].map(
  hex,
)

/** `from` with a share of `to` mixed in. */
export const mixed = (from: Colour, to: Colour, share: number): Colour => {
  const channel = (i: 0 | 1 | 2): number => Math.round(from[i] + (to[i] - from[i]) * share)
  return [channel(0), channel(1), channel(2)]
}

/** The colour of a share of one, dark violet to yellow; grey for what is no number. */
export const scaleColour = (share: number): Colour => {
  if (Number.isNaN(share)) return hex("94a3b8")
  const at = Math.min(1, Math.max(0, share)) * (scale.length - 1)
  const below = Math.min(scale.length - 2, Math.floor(at))
  return mixed(scale[below]!, scale[below + 1]!, at - below)
}
