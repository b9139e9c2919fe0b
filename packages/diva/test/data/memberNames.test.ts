import { describe, expect, test } from "vitest"
import { splitMemberName } from "../../src/data/index.ts"

describe("names", () => {
  test.each([
    ["00001.jpg", "00001", "jpg"],
    ["a/b.c/0001.Seg.PNG", "a/b.c/0001", "seg.png"],
    ["./x.TXT", "./x", "txt"],
  ])("%s is key %s and extension %s", (name, key, extension) => {
    expect(splitMemberName(name)).toEqual({ key, extension })
  })

  test.each([
    "README",
    "a.b/readme",
    ".hidden",
    "d/.hidden.txt",
    "",
    "._0001.jpg",
    ".DS_Store",
    "Thumbs.db",
    "d/thumbs.db",
    "desktop.ini",
    "__MACOSX/d/0001.jpg",
  ])("%j has no key", (name) => {
    expect(splitMemberName(name)).toBeUndefined()
  })
})
