/** How the first page of a TIFF stores its pixels, as far as that decides how it is read. */
export interface TiffHeader {
  /** Bits of a channel. */
  readonly bits: number
  readonly colour: "grey" | "palette" | "other"
  /** Whether zero is white. */
  readonly isInverted: boolean
  readonly isSigned: boolean
  /** Whether the channel beside red, green and blue is one without meaning. */
  readonly hasUnusedChannel: boolean
  /** The first colour of the palette. */
  readonly palette?: readonly [number, number, number]
}

const tags = { bits: 258, colour: 262, channels: 277, palette: 320, extra: 338, kind: 339 } as const
const whiteIsZero = 0
const blackIsZero = 1
const paletteColour = 3
const signedKind = 2

/** Numbers of both byte orders and both widths (BigTIFF); zeros beyond the end. */
interface Reader {
  readonly isBig: boolean
  readonly u16: (at: number) => number
  /** A count or place: 4 bytes, 8 in BigTIFF. */
  readonly word: (at: number) => number
  readonly wordBytes: number
}

const readerOf = (bytes: Uint8Array): Reader => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = bytes[0] === 0x49
  const within = (at: number, size: number): boolean => at >= 0 && at + size <= bytes.byteLength
  const u16 = (at: number): number => (within(at, 2) ? view.getUint16(at, little) : 0)
  const u32 = (at: number): number => (within(at, 4) ? view.getUint32(at, little) : 0)
  const u64 = (at: number): number => (within(at, 8) ? Number(view.getBigUint64(at, little)) : 0)
  const isBig = u16(2) === 43
  return { isBig, u16, word: isBig ? u64 : u32, wordBytes: isBig ? 8 : 4 }
}

/** Short numbers (16 bits) of an entry: they stand in it where they fit, else where it says. */
type ShortsOf = (tag: number) => readonly number[]

/** No entry that is read here has more numbers, but for palettes, of which three are wanted. */
const mostEntries = 4096

const shortsIn = (reader: Reader): ShortsOf => {
  const { isBig, u16, word, wordBytes } = reader
  const directory = word(isBig ? 8 : 4)
  const count = Math.min(mostEntries, isBig ? word(directory) : u16(directory))
  const first = directory + (isBig ? 8 : 2)
  const entryBytes = 4 + 2 * wordBytes
  return (tag) => {
    for (let at = first; at < first + count * entryBytes; at += entryBytes) {
      if (u16(at) !== tag) continue
      const length = word(at + 4)
      const value = at + 4 + wordBytes
      const from = 2 * length <= wordBytes ? value : word(value)
      return Array.from({ length: Math.min(length, 3 * 256) }, (_, i) => u16(from + 2 * i))
    }
    return []
  }
}

/** Red, green and blue of a palette stand one table after the other, of 16 bits each. */
const firstColour = (values: readonly number[]): readonly [number, number, number] => {
  const colours = values.length / 3
  const level = (channel: number): number => (values[channel * colours] ?? 0) >> 8
  return [level(0), level(1), level(2)]
}

/** Reads how a TIFF stores its first page. Source: TIFF 6.0; BigTIFF. */
export const tiffHeader = (bytes: Uint8Array): TiffHeader => {
  const shorts = shortsIn(readerOf(bytes))
  const kind = shorts(tags.colour)[0] ?? blackIsZero
  const isGrey = kind === whiteIsZero || kind === blackIsZero
  return {
    bits: shorts(tags.bits)[0] ?? 1,
    colour: isGrey ? "grey" : kind === paletteColour ? "palette" : "other",
    isInverted: kind === whiteIsZero,
    isSigned: shorts(tags.kind)[0] === signedKind,
    hasUnusedChannel: shorts(tags.channels)[0] === 4 && shorts(tags.extra)[0] === 0,
    ...(kind === paletteColour ? { palette: firstColour(shorts(tags.palette)) } : {}),
  }
}
