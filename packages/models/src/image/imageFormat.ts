/** Picture formats this package decodes. */
export type ImageFormat = "jpeg" | "png" | "webp"

const startsWith = (bytes: Uint8Array, signature: readonly number[], at = 0): boolean =>
  signature.every((byte, i) => bytes[at + i] === byte)

const riff = [0x52, 0x49, 0x46, 0x46]
const webp = [0x57, 0x45, 0x42, 0x50]

/** The format by its signature, whatever the file is called; undefined for anything else. */
export const imageFormat = (bytes: Uint8Array): ImageFormat | undefined => {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return "jpeg"
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "png"
  return startsWith(bytes, riff) && startsWith(bytes, webp, 8) ? "webp" : undefined
}
