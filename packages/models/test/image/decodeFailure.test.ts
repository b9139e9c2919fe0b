import { expect, test } from "vitest"
import { decodePicture, encodeJpeg } from "../../src/index.ts"

test("what is wrong with a picture is told in the same words however many fail beside it", async () => {
  const data = Uint8Array.from({ length: 24 * 20 * 3 }, (_, i) => (i * 7) % 256)
  const whole = await encodeJpeg({ width: 24, height: 20, data })
  const half = whole.subarray(0, whole.length / 2)
  const rules = new Set<string>()
  for (let round = 0; round < 8; round++)
    for (const outcome of await Promise.all(Array.from({ length: 16 }, () => decodePicture(half, "half")())))
      rules.add(outcome._tag === "Left" && "rule" in outcome.left ? outcome.left.rule : outcome._tag)
  expect([...rules]).toEqual(["VipsJpeg: premature end of JPEG image"])
})
