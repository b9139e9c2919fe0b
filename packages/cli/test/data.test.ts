import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { encodeJpeg } from "@diva/models"
import { describe, expect, it } from "vitest"
import { exitCodes } from "@diva/cli"
import { runCli } from "./runCli.ts"
import { temporaryFolder } from "./temporaryFolder.ts"

const pictures = async (folder: string, count: number): Promise<string> => {
  const photos = join(folder, "photos")
  mkdirSync(photos)
  for (let i = 0; i < count; i++) {
    const image = { width: 24, height: 16, data: new Uint8Array(3 * 24 * 16).fill(20 * i) }
    writeFileSync(join(photos, `${i}.jpg`), await encodeJpeg(image))
  }
  writeFileSync(join(photos, "broken.png"), "this is no picture")
  return photos
}

describe("diva data", () => {
  it("packs a folder into shards that check finds good", async () => {
    const folder = temporaryFolder()
    const [photos, out] = [await pictures(folder, 5), join(folder, "shards")]
    const packed = await runCli("data", "pack", photos, "--out", out)
    expect(packed.code).toBe(0)
    expect(packed.text).toContain("holds 5 pictures in 1 shard: of 6 rows 1 failed and 0 were duplicates")
    expect(packed.text).toContain("unsupported image format")
    const checked = await runCli("data", "check", out, "--json")
    expect(JSON.parse(checked.text)).toMatchObject({ samples: 5, good: 5, bad: 0, width: { min: 24, max: 24 } })
  })

  it("checks a folder, writes a sheet of examples and a list of what is bad", async () => {
    const folder = temporaryFolder()
    const photos = await pictures(folder, 4)
    const [sheet, list] = [join(folder, "sheet.jpg"), join(folder, "bad.jsonl")]
    const checked = await runCli("data", "check", photos, "--sheet", sheet, "--list", list)
    expect(checked.code).toBe(0)
    expect(checked.text).toMatch(/^4 good of 5 samples in 1 shard or folder/)
    expect(checked.text).toContain("1 bad sample")
    expect(checked.text).toContain(`${sheet} shows 4 examples\n${list} lists 1 bad sample`)
    expect([...readFileSync(sheet).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff])
    expect(JSON.parse(readFileSync(list, "utf8"))).toMatchObject({ file: photos, key: "broken" })
  })

  it("leaves out pictures of sizes that are not wanted, and counts why", async () => {
    const folder = temporaryFolder()
    const photos = await pictures(folder, 3)
    const packed = (name: string, ...flags: readonly string[]) =>
      runCli("data", "pack", photos, "--out", join(folder, name), ...flags)
    expect((await packed("small", "--min-image-size", "17")).text).toMatch(
      /holds 0 pictures .* 4 failed[^]*3 +image too small/,
    )
    expect((await packed("large", "--max-image-area", "383")).text).toMatch(/3 +image area too large/)
    expect((await packed("long", "--max-aspect-ratio", "1.4")).text).toMatch(/3 +aspect ratio too large/)
    const all = ["--min-image-size", "16", "--max-image-area", "384", "--max-aspect-ratio", "1.5"]
    expect((await packed("fitting", ...all)).text).toContain("holds 3 pictures")
  })

  it("refuses sizes for pictures that keep their bytes", async () => {
    const folder = temporaryFolder()
    const { code, problem } = await runCli("data", "pack", folder, "--image-size", "256", "--enlarge")
    expect(code).toBe(exitCodes.usage)
    expect(problem).toContain("--image-size, --enlarge would do nothing")
    expect(problem).toContain("--resize-mode (border, keep_ratio")
  })

  it("refuses to go on with another job's shards, and says what to do", async () => {
    const folder = temporaryFolder()
    const [photos, out] = [await pictures(folder, 2), join(folder, "shards")]
    await runCli("data", "pack", photos, "--out", out)
    const again = await runCli("data", "pack", photos, "--out", out, "--samples-per-shard", "1")
    expect(again.code).toBe(exitCodes.usage)
    expect(again.problem).toContain("JobDiffers")
    expect(again.problem).toContain("--out")
  })

  it("asks no address of this machine unless that is allowed", async () => {
    const folder = temporaryFolder()
    const [list, out] = [join(folder, "list.txt"), join(folder, "shards")]
    writeFileSync(list, "http://127.0.0.1:9/a.jpg\n")
    const done = await runCli("data", "download", list, "--out", out)
    expect(done.code).toBe(0)
    expect(done.text).toContain("--allow-private permits it")
    expect(existsSync(join(out, "00000_stats.json"))).toBe(true)
  })

  it("renders shards of the synthetic world, the same each time, that check finds good", async () => {
    const folder = temporaryFolder()
    const rendered = (out: string) =>
      runCli("data", "scenes", "--out", join(folder, out), "--count", "5", "--per-shard", "3", "--size", "24")
    expect((await rendered("a")).text).toContain("5 scenes in 2 shards")
    await rendered("b")
    for (const name of ["00000.tar", "00001.tar"])
      expect(readFileSync(join(folder, "a", name)).equals(readFileSync(join(folder, "b", name)))).toBe(true)
    const checked = await runCli("data", "check", join(folder, "a"), "--json")
    expect(JSON.parse(checked.text)).toMatchObject({ samples: 5, good: 5, width: { min: 24, max: 24 } })
  })
})
