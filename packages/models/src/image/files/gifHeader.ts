/** What a GIF's first picture is made of. Positions are pixels of the canvas. */
export interface GifHeader {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  /** Red, green, blue of every colour its pixels may choose. */
  readonly colours: Uint8Array
  /** The colour that counts as transparent. */
  readonly transparent?: number
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)

const extension = 0x21
const graphicControl = 0xf9
const picture = 0x2c
const screenBytes = 13

/** The colours of a table, whose flags say whether it is there and how long. */
const tableAt = (bytes: Uint8Array, at: number, flags: number): Uint8Array =>
  bytes.subarray(at, at + ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1)))

/** Where the blocks of an extension end: each says its length, and one of none is the last. */
const afterBlocks = (bytes: Uint8Array, from: number): number => {
  let at = from
  while ((bytes[at] ?? 0) > 0) at += (bytes[at] as number) + 1
  return at + 1
}

const transparentIn = (bytes: Uint8Array, at: number): number | undefined =>
  ((bytes[at + 3] ?? 0) & 1) === 1 ? bytes[at + 6] : undefined

/** Reads where a GIF's first picture lies and which colours it has; undefined where it has none. Source: GIF89a specification. */
export const gifHeader = (bytes: Uint8Array): GifHeader | undefined => {
  const shared = tableAt(bytes, screenBytes, bytes[10] ?? 0)
  let transparent: number | undefined
  let at = screenBytes + shared.byteLength
  for (; bytes[at] === extension; at = afterBlocks(bytes, at + 2))
    if (bytes[at + 1] === graphicControl) transparent = transparentIn(bytes, at)
  if (bytes[at] !== picture) return undefined
  const own = tableAt(bytes, at + 10, bytes[at + 9] ?? 0)
  return {
    left: u16(bytes, at + 1),
    top: u16(bytes, at + 3),
    width: u16(bytes, at + 5),
    height: u16(bytes, at + 7),
    colours: own.byteLength > 0 ? own : shared,
    ...(transparent === undefined ? {} : { transparent }),
  }
}

/** Whether colour i is grey of level i: Pillow takes such a picture for a grey one. */
export const isGreyRamp = ({ colours }: GifHeader): boolean =>
  colours.every((value, place) => value === Math.floor(place / 3))

/** The colour of a place in the table; black beyond it. */
export const colourAt = ({ colours }: GifHeader, place: number): readonly [number, number, number] => [
  colours[3 * place] ?? 0,
  colours[3 * place + 1] ?? 0,
  colours[3 * place + 2] ?? 0,
]
