import { expect, test } from "vitest"
import { printable } from "../../src/weights/printable.ts"
import { renderWeightsError } from "../../src/weights/weightsError.ts"

test("control characters and marks of direction are spelt out, everything else stays", () => {
  expect(printable("a\u001b[31mb\n\r\u0085\u007f\u202ec\u2028")).toBe("a\\x1b[31mb\\x0a\\x0d\\x85\\x7f\\u202ec\\u2028")
  for (const plain of ["visual.proj", "größe 大小 🙂 é", "a\\b"]) expect(printable(plain)).toBe(plain)
})

test("errors show names of a file on one line each", () => {
  const key = "w\u001b]0;title\u0007\nnext"
  const at = { file: "f\n.pth", rule: "r", remedy: "t" }
  const rendered = renderWeightsError({
    _tag: "NamesMismatch",
    ...at,
    missing: [{ key, nearest: key }],
    unexpected: [{ key }],
    wrongShape: [{ key, expected: [1], found: [2] }],
  })
  expect(rendered.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u)
  expect(rendered.split("\n")).toHaveLength(8)
  expect(renderWeightsError({ _tag: "EntryInvalid", key, ...at }).split("\n")).toHaveLength(2)
})
