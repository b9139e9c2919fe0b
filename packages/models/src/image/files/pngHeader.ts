/** How a PNG stores its pixels. */
export interface PngHeader {
  readonly bits: number
  readonly colour: "grey" | "rgb"
  readonly hasAlpha: boolean
  /** The first colour of the palette, where pixels are places in one. */
  readonly palette?: readonly [number, number, number]
}

const isPng = (bytes: Uint8Array): boolean =>
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, i) => bytes[i] === byte)

const signatureBytes = 8
/** Of a chunk besides its content: length, type, checksum. */
const chunkBytes = 12

const chunkType = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at + 4, at + 8))

/** Where the content of the first chunk of a type begins; the palette stands before the pixels. */
const chunkContent = (bytes: Uint8Array, type: string): number | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = signatureBytes; at + chunkBytes <= bytes.byteLength; at += chunkBytes + view.getUint32(at)) {
    if (chunkType(bytes, at) === type) return at + 8
    if (chunkType(bytes, at) === "IDAT") return undefined
  }
  return undefined
}

const byte = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0

/** Reads how a PNG stores its pixels; undefined for other files. Source: PNG specification, "IHDR", "PLTE". */
export const pngHeader = (bytes: Uint8Array): PngHeader | undefined => {
  const header = isPng(bytes) ? chunkContent(bytes, "IHDR") : undefined
  if (header === undefined) return undefined
  const [bits, type] = [byte(bytes, header + 8), byte(bytes, header + 9)]
  const colours = type === 3 ? (chunkContent(bytes, "PLTE") ?? bytes.byteLength) : undefined
  return {
    bits,
    colour: type === 0 || type === 4 ? "grey" : "rgb",
    hasAlpha: type === 4 || type === 6,
    ...(colours === undefined
      ? {}
      : { palette: [byte(bytes, colours), byte(bytes, colours + 1), byte(bytes, colours + 2)] as const }),
  }
}
