import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { beforeAll, describe, expect, test } from "vitest"
import { bicubic, bilinear, blackImage, box, crop, decodeImage, resize, type RgbImage } from "../../src/image/index.ts"

interface Case {
  readonly filter: "bicubic" | "bilinear" | "box"
  /** left, top, right, bottom */
  readonly box: readonly [number, number, number, number] | null
  readonly size: readonly [number, number]
  readonly sha256: string
}

const golden = (name: string): string => path.join(import.meta.dirname, "../golden", name)
const { cases, picture }: { readonly cases: readonly Case[]; readonly picture: string } = JSON.parse(
  readFileSync(golden("pillow/cases.json"), "utf8"),
)

const filters = { bicubic, bilinear, box }

const cut = (image: RgbImage, corners: Case["box"]): RgbImage => {
  if (corners === null) return image
  const [left, top, right, bottom] = corners
  return crop(image, { left, top, width: right - left, height: bottom - top })
}

describe("Pillow's resize, byte for byte", () => {
  let image = blackImage(1, 1)
  beforeAll(async () => {
    const decoded = await decodeImage(readFileSync(golden(`06_images/${picture}`)), picture)()
    if (E.isLeft(decoded)) throw new Error(decoded.left.rule)
    image = decoded.right
  })

  test.each(cases.map((each) => [each.filter, each.size.join(" × "), each.box ?? "the whole", each] as const))(
    "%s to %s of %j",
    (_, __, ___, { filter, size: [width, height], box: corners, sha256 }) => {
      const { data } = resize(cut(image, corners), { width, height }, filters[filter])
      expect(createHash("sha256").update(data).digest("hex")).toBe(sha256)
    },
  )
})
