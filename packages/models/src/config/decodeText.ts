/** How a text is encoded, by its first bytes: UTF-16 behind its byte-order mark, else UTF-8. */
export const textEncoding = (bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le"
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8"
}

/**
 * The text of a file that people or their tools wrote: UTF-8, with or without the byte-order mark that Windows tools put in
 * front, or UTF-16 behind its mark, as PowerShell writes. The mark is not part of the text.
 */
export const decodeText = (bytes: Uint8Array): string => new TextDecoder(textEncoding(bytes)).decode(bytes)
