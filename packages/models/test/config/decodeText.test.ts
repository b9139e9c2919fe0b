import { expect, test } from "vitest"
import { decodeText } from "../../src/config/decodeText.ts"

const text = '{ "größe": 1 }\r\n'
const utf8 = new TextEncoder().encode(text)
const utf16 = (isBig: boolean): Uint8Array => {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2))
  view.setUint16(0, 0xfeff, !isBig)
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i + 2, text.charCodeAt(i), !isBig)
  return new Uint8Array(view.buffer)
}

test.each([
  ["UTF-8", utf8],
  ["UTF-8 behind a byte-order mark", Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8)],
  ["UTF-16, low byte first", utf16(false)],
  ["UTF-16, high byte first", utf16(true)],
])("%s is read without its mark", (_, bytes) => expect(decodeText(bytes)).toBe(text))
