import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { type TarMember } from "../../src/data/index.ts"
import {
  text,
  member,
  good,
  write,
  start,
  epochKeys,
  withTar,
  failureWith,
  fixture,
  useShardFixture,
} from "./shardFixture.ts"

useShardFixture()

describe("bad samples", () => {
  const withDamage = (): readonly TarMember[] => [
    ...good(0, 3),
    member(3, "jpg", fixture.jpegs[3]!.subarray(0, fixture.jpegs[3]!.byteLength / 2)),
    member(3, "txt", text("half a picture")),
    member(4, "txt", text("no picture")),
    member(5, "jpg", fixture.jpegs[5]!),
    member(6, "jpg", text("<html>404</html>")),
    member(6, "txt", text("an error page")),
    member(7, "jpg", fixture.jpegs[7]!),
    member(7, "jpg", fixture.jpegs[7]!),
    member(7, "txt", text("twice")),
    ...good(8, 12),
  ]

  test("are skipped, counted and explained", async () => {
    const file = await write("damaged.tar", withDamage())
    const [keys, report] = await withTar(file, (shards) => Effect.all([epochKeys(0)(shards), shards.skipped]))
    expect(new Set(keys)).toEqual(new Set(["00000", "00001", "00002", "00005", "00008", "00009", "00010", "00011"]))
    expect(keys).toHaveLength(12)
    expect(report.read).toBe(12 + 4)
    expect(report.skipped.map(({ key }) => key).toSorted()).toEqual(["00003", "00004", "00006", "00007"])
    const rules = new Map(report.skipped.map(({ key, rule }) => [key, rule]))
    expect(rules.get("00003")).toContain("premature end")
    expect(rules.get("00004")).toContain("no picture")
    expect(rules.get("00006")).toContain("JPEG, PNG, WebP, GIF, TIFF or AVIF")
    expect(rules.get("00007")).toContain("two members .jpg")
  })

  test("each is replaced by the next good one of the order, whatever was read before", async () => {
    const file = await write("replaced.tar", withDamage())
    const inOrder = await withTar(file, epochKeys(0))
    const alone = await Promise.all(
      inOrder.map((_, position) =>
        withTar(file, (shards) => Effect.map(shards.example({ epoch: 0, position }), ({ key }) => key)),
      ),
    )
    expect(alone).toEqual(inOrder)
    const bad = inOrder.filter((key, position) => key === inOrder[(position + 1) % inOrder.length])
    expect(bad).toHaveLength(4)
  })

  test("beyond the allowed share the run ends with TooManyBadSamples and examples", async () => {
    const bad = Array.from({ length: 12 }, (_, i) => member(100 + i, "txt", text("no picture")))
    const file = await write("mostly.tar", [...good(0, 3), ...bad])
    const error = await failureWith(file, epochKeys(0))
    expect(error).toMatchObject({ _tag: "TooManyBadSamples", bad: 9 })
    expect(String(error)).toContain("9 of")
    expect(error).toHaveProperty("examples", expect.arrayContaining([expect.stringContaining("no picture")]))
    expect(await withTar(file, epochKeys(0), { maxBadRate: 1 })).toHaveLength(15)
  })

  test("when none is good the run ends instead of looking for ever", async () => {
    const file = await write("none.tar", [member(0, "jpg", text("a")), member(1, "jpg", text("b"))])
    expect(await failureWith(file, (shards) => shards.example(start))).toMatchObject({
      _tag: "TooManyBadSamples",
      bad: 2,
    })
  })
})
