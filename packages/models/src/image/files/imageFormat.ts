/** Picture formats this package decodes. */
export type ImageFormat = "jpeg" | "png" | "webp" | "gif" | "tiff" | "avif"

const letters = (text: string): readonly number[] => Array.from(text, (letter) => letter.charCodeAt(0))

interface Signature {
  readonly format: ImageFormat
  readonly bytes: readonly number[]
  readonly at?: number
}

/** What files begin with. Of formats that share a container, AVIF's brand and WebP's name stand behind its head. */
const signatures: readonly Signature[] = [
  { format: "jpeg", bytes: [0xff, 0xd8, 0xff] },
  { format: "png", bytes: [0x89, ...letters("PNG\r\n"), 0x1a, 0x0a] },
  { format: "webp", bytes: letters("WEBP"), at: 8 },
  { format: "gif", bytes: letters("GIF87a") },
  { format: "gif", bytes: letters("GIF89a") },
  { format: "tiff", bytes: letters("II*\0") },
  { format: "tiff", bytes: letters("MM\0*") },
  { format: "tiff", bytes: letters("II+\0") },
  { format: "tiff", bytes: letters("MM\0+") },
  { format: "avif", bytes: letters("ftypavif"), at: 4 },
  { format: "avif", bytes: letters("ftypavis"), at: 4 },
]

/** The format by its signature, whatever the file is called; undefined for anything else. */
export const imageFormat = (bytes: Uint8Array): ImageFormat | undefined =>
  signatures.find(({ bytes: signature, at = 0 }) => signature.every((byte, i) => bytes[at + i] === byte))?.format
