import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { encodeJpeg, encodePng } from "@diva/models"
import { Effect } from "effect"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { checkData, contactSheet, openSource, packFolder, type PackFolder } from "../../../src/data/index.ts"
import { Doing } from "../../../src/doing.ts"
import { defaultStore, scaledSize, storeImage } from "../../../src/data/make/storedImage.ts"

let folder = ""
const at = (...names: readonly string[]): string => path.join(folder, ...names)
const image = (level: number, width = 20, height = 10) => ({
  width,
  height,
  data: new Uint8Array(3 * width * height).fill(level),
})

const noise = () => ({
  width: 60,
  height: 60,
  data: Uint8Array.from({ length: 3 * 60 * 60 }, (_, i) => (i * i * 31 + 7 * i) % 251),
})

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "pack-"))
  await mkdir(at("photos/sub"), { recursive: true })
  await writeFile(at("photos/a.jpg"), await encodeJpeg(image(10)))
  await writeFile(at("photos/a.txt"), "from a text\n")
  await writeFile(at("photos/b.png"), await encodePng(image(20, 8, 8)))
  await writeFile(at("photos/b.json"), '{"caption":"from json","licence":"CC0"}')
  await writeFile(at("photos/sub/c.jpg"), await encodeJpeg(image(30)))
  await writeFile(at("photos/sub/d.jpg"), await encodeJpeg(image(10)))
  await writeFile(at("photos/e.jpg"), (await encodeJpeg(noise())).subarray(0, 2000))
  await writeFile(at("captions.csv"), "file,caption,score\nsub/c.jpg,from a table,3\n")
})
afterAll(() => rm(folder, { recursive: true }))

const pack = (out: string, options: Partial<PackFolder> = {}) =>
  Effect.runPromise(packFolder({ pictures: at("photos"), folder: at(out), ...options }))
const samplesOf = async (out: string) => {
  const { shards, read } = await Effect.runPromise(openSource(at(out), "fail"))
  return Promise.all(
    shards.flatMap(({ samples }, shard) =>
      Array.from({ length: samples }, (_, sample) => Effect.runPromise(read({ shard, sample }))),
    ),
  )
}
const jsonOf = (fields: ReadonlyMap<string, Uint8Array>) =>
  JSON.parse(new TextDecoder().decode(fields.get("json"))) as Record<string, unknown>

test("who packs a folder hears that it is looked through, and how many pictures it holds, before the first is read", async () => {
  const heard: string[] = []
  const hear = (what: string) => Effect.sync(() => void heard.push(what))
  const packed = packFolder({
    pictures: at("photos"),
    folder: at("heard"),
    onFound: (pictures) => hear(`${pictures} pictures`),
    onRow: hear,
  })
  await Effect.runPromise(Effect.provideService(packed, Doing, ({ what }) => hear(what)))
  expect(heard.slice(0, 3)).toEqual([`looking through ${at("photos")}`, "5 pictures", "success"])
})

describe("packing a folder", () => {
  test("keeps bytes, captions from beside or a table, and says what was left out", async () => {
    const made = await pack("packed", { captions: at("captions.csv"), perShard: 2 })
    expect(made).toMatchObject({ count: 5, successes: 3, duplicates: 1, failures: 1, shards: 3 })
    const samples = await samplesOf("packed")
    expect(samples.map(({ key }) => key)).toEqual(["000000", "000001", "000011"])
    const json = samples.map(({ fields }) => jsonOf(fields))
    expect(json.map(({ caption, url }) => [caption, url])).toEqual([
      ["from a text", "a.jpg"],
      ["from json", "b.png"],
      ["from a table", "sub/c.jpg"],
    ])
    expect(json[1]).toMatchObject({ licence: "CC0", width: 8, height: 8 })
    expect(json[2]).toMatchObject({ score: "3" })
    expect(Buffer.from(samples[1]!.fields.get("png")!)).toEqual(await readFile(at("photos/b.png")))
  })

  test("equal folders give equal shards, and a folder that changed is not added to them", async () => {
    await pack("once")
    await pack("twice")
    expect(await readFile(at("once/00000.tar"))).toEqual(await readFile(at("twice/00000.tar")))
    const other = packFolder({ pictures: at("photos/sub"), folder: at("once") })
    expect(await Effect.runPromise(Effect.flip(other))).toMatchObject({ _tag: "JobDiffers" })
  })

  test.each(["null", "[]", '{"pictures":'])(
    "a folder whose note holds %s was started with other settings",
    async (note) => {
      const made = at(`noted${note.length}`)
      await mkdir(made)
      await writeFile(path.join(made, "job.json"), note)
      const job = packFolder({ pictures: at("photos"), folder: made })
      expect(await Effect.runPromise(Effect.flip(job))).toMatchObject({ _tag: "JobDiffers" })
    },
  )

  test("a folder without pictures is said to be one", async () => {
    await mkdir(at("nothing"))
    const job = packFolder({ pictures: at("nothing"), folder: at("no") })
    expect(await Effect.runPromise(Effect.flip(job))).toMatchObject({ _tag: "ShardsEmpty" })
  })
})

describe("resize modes, as img2dataset's", () => {
  test.each([
    ["no", false, 300, 200],
    ["border", false, 100, 67],
    ["keep_ratio", false, 150, 100],
    ["keep_ratio_largest", false, 100, 67],
    ["center_crop", false, 150, 100],
    ["keep_ratio", true, 150, 100],
  ] as const)("%s of 300 × 200 to 100 scales to %i × %i", (mode, onlyIfBigger, width, height) => {
    const options = { ...defaultStore, mode, size: 100, onlyIfBigger }
    expect(scaledSize({ width: 300, height: 200 }, options)).toEqual({ width, height })
  })

  test("smaller pictures are enlarged unless only larger ones are meant", () => {
    const options = { ...defaultStore, mode: "keep_ratio", size: 100 } as const
    expect(scaledSize({ width: 30, height: 20 }, { ...options, onlyIfBigger: false })).toEqual({
      width: 150,
      height: 100,
    })
    expect(scaledSize({ width: 30, height: 20 }, { ...options, onlyIfBigger: true })).toEqual({ width: 30, height: 20 })
  })

  test("border pads with white to a square, center_crop cuts one out", async () => {
    const source = await encodePng(image(0, 40, 20))
    const bordered = await storeImage(source, { ...defaultStore, mode: "border", size: 30, onlyIfBigger: false })
    const cropped = await storeImage(source, { ...defaultStore, mode: "center_crop", size: 10, onlyIfBigger: false })
    expect([bordered, cropped].map(({ width, height }) => [width, height])).toEqual([
      [30, 30],
      [10, 10],
    ])
    const { data } = await sharp(bordered.bytes).raw().toBuffer({ resolveWithObject: true })
    expect(data[0]).toBeGreaterThan(250)
    expect(data[3 * (15 * 30 + 15)]).toBeLessThan(5)
  })

  test("alpha goes on white, CMYK becomes RGB, an orientation tag is noted and not applied", async () => {
    const clear = await sharp({
      create: { width: 6, height: 4, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer()
    const stored = await storeImage(clear, defaultStore)
    expect((await sharp(stored.bytes).raw().toBuffer())[0]).toBe(255)
    const turned = await sharp(await encodeJpeg(image(9)))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    expect(await storeImage(turned, defaultStore)).toMatchObject({ width: 20, height: 10, exif: '{"Orientation":6}' })
    const cmyk = await sharp(await encodeJpeg(image(90)))
      .toColourspace("cmyk")
      .jpeg()
      .toBuffer()
    expect(await sharp((await storeImage(cmyk, defaultStore)).bytes).metadata()).toMatchObject({
      space: "srgb",
      channels: 3,
    })
  })
})

describe("checking data", () => {
  test("counts good and bad by reason, duplicates, sizes, and gives examples", async () => {
    const report = await Effect.runPromise(checkData({ sources: at("photos"), examples: 3, exampleSize: 16 }))
    expect(report).toMatchObject({ shards: 1, samples: 5, good: 4, duplicates: 1, withoutCaption: 2 })
    expect(report.bad.map(({ key }) => key)).toEqual(["e"])
    expect(Object.values(report.reasons)).toEqual([1])
    expect(report.width).toEqual({ min: 8, median: 20, max: 20 })
    expect(report.examples.length).toBe(3)
    const sheet = contactSheet(report.examples, 16)
    expect([sheet.width, sheet.height]).toEqual([44, 44])
  })

  test("is the same for any number of threads", async () => {
    const look = async (workers: number) => {
      const { seconds, ...report } = await Effect.runPromise(checkData({ sources: at("photos"), workers }))
      return { ...report, took: seconds >= 0 }
    }
    expect(await look(0)).toEqual(await look(2))
  })
})
