import type { Picture } from "./picture.ts"

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1
  return sum
})

const crcOf = (bytes: Uint8Array): number => {
  let sum = 0xffffffff
  for (const byte of bytes) sum = table[(sum ^ byte) & 255]! ^ (sum >>> 8)
  return (sum ^ 0xffffffff) >>> 0
}

const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(parts.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const words = (...values: readonly number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => view.setUint32(i * 4, value))
  return new Uint8Array(view.buffer)
}

const chunk = (name: string, data: Uint8Array): Uint8Array => {
  const named = joined([new TextEncoder().encode(name), data])
  return joined([words(data.length), named, words(crcOf(named))])
}

// Of the platform, under Node as in pages.
const deflated = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** A picture as the bytes of a PNG file: 8 bits a channel, RGB (PNG specification, third edition, §5 and §11). */
export const encodePng = async ({ width, height, data }: Picture): Promise<Uint8Array<ArrayBuffer>> => {
  const lines = Array.from({ length: height }, (_, y) => [
    Uint8Array.of(0),
    data.subarray(y * width * 3, (y + 1) * width * 3),
  ])
  return joined([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", joined([words(width, height), Uint8Array.of(8, 2, 0, 0, 0)])),
    chunk("IDAT", await deflated(joined(lines.flat()))),
    chunk("IEND", new Uint8Array(0)),
  ])
}
