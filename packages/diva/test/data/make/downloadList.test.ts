import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { encodeJpeg } from "@diva/models"
import { Effect, Fiber } from "effect"
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { defaultStore, type DownloadList, downloadList, openSource } from "../../../src/data/index.ts"
import {
  answers,
  failsFirst,
  type PictureServer,
  redirects,
  serves,
  stalls,
  startServer,
  stopsInTheMiddle,
  truncates,
} from "../../http/testServer.ts"

let folder = ""
let server: PictureServer
const jpegOf = (level: number, width = 40, height = 30) =>
  encodeJpeg({ width, height, data: new Uint8Array(3 * width * height).fill(level) })

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "download-"))
  const [a, b, large] = [await jpegOf(10), await jpegOf(200), await jpegOf(90, 600, 1200)]
  server = await startServer({
    "/a.jpg": serves(a),
    "/same-as-a.jpg": serves(a),
    "/b.jpg": serves(b),
    "/large.jpg": serves(large),
    "/page.jpg": serves(new TextEncoder().encode("<html>not here any more</html>")),
    "/cut.jpg": truncates(a),
    "/stall.jpg": stalls,
    "/half.jpg": stopsInTheMiddle(b),
    "/moved.jpg": redirects("/b.jpg"),
    "/circle.jpg": redirects("/circle.jpg"),
    "/to-file.jpg": redirects("file:///etc/passwd"),
    "/busy.jpg": failsFirst([429, 503], serves(await jpegOf(60)), { "retry-after": "0" }),
    "/down.jpg": answers(503),
    "/gone.jpg": answers(410),
    "/no-ai.jpg": serves(await jpegOf(70), { "x-robots-tag": "noai" }),
    "/huge.jpg": serves(a, { "content-length": 10 ** 12 }),
    ...Object.fromEntries(
      await Promise.all(Array.from({ length: 9 }, async (_, i) => [`/n${i}.jpg`, serves(await jpegOf(100 + i))])),
    ),
  })
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const listOf = async (name: string, lines: readonly string[]): Promise<string> => {
  const file = path.join(folder, name)
  await writeFile(file, `${lines.join("\n")}\n`)
  return file
}
const quick = { allowPrivate: true, timeout: 800, backoff: 5, retries: 2 }
const run = (list: string, out: string, options: Partial<DownloadList> = {}) =>
  Effect.runPromise(downloadList({ list, folder: path.join(folder, out), ...quick, ...options }))
const table = async (out: string, shard = "00000") =>
  parquetReadObjects({ file: await asyncBufferFromFile(path.join(folder, out, `${shard}.parquet`)) })

describe("downloading a list", () => {
  const names = [
    "a",
    "same-as-a",
    "b",
    "large",
    "page",
    "cut",
    "stall",
    "half",
    "moved",
    "circle",
    "to-file",
    "busy",
    "down",
    "gone",
    "no-ai",
    "huge",
    "missing",
  ]
  let made: Awaited<ReturnType<typeof run>>
  beforeAll(async () => {
    const list = await listOf("all.tsv", [
      "caption\turl\tid",
      ...names.map((name, i) => `the ${name}\t${server.at(`/${name}.jpg`)}\t${i}`),
      `again\t${server.at("/a.jpg")}\t99`,
      "odd\tnot an address\t100",
    ])
    made = await run(list, "all")
  })

  test("keeps what can be had and records every failure with its reason", async () => {
    const rows = await table("all")
    const reasons = Object.fromEntries(
      rows.map(({ url, error_message }) => [String(url).replace(/.*\/(.*)\.jpg/, "$1"), error_message]),
    )
    expect(reasons).toMatchObject({
      a: null,
      b: null,
      large: null,
      busy: null,
      "same-as-a": "the same bytes are already in the data",
      moved: "the same bytes are already in the data",
      cut: expect.stringContaining("cut off"),
      stall: "no complete answer within 0.8 s",
      half: "no complete answer within 0.8 s",
      circle: "it redirects more than 5 times",
      "to-file": "it is not an http or https address",
      down: "HTTP 503",
      gone: "HTTP 410",
      "no-ai": expect.stringContaining("X-Robots-Tag"),
      huge: "it has more than 67108864 bytes",
      missing: "HTTP 404",
      "not an address": "it is not an http or https address",
    })
    expect(reasons["page"]).toContain("unsupported image format")
    expect(rows).toHaveLength(names.length + 1)
    expect(made).toMatchObject({ shards: 1, count: 18, successes: 4, duplicates: 2, failures: 12 })
  })

  test("asks again only where that may help", () => {
    const times = (name: string): number => server.asked().filter((one) => one === `/${name}.jpg`).length
    expect(["busy", "down", "stall", "cut", "gone", "missing"].map(times)).toEqual([3, 3, 3, 3, 1, 1])
  })

  test("writes img2dataset's layout: keys, captions, JSON fields, statistics", async () => {
    const { shards, read } = await Effect.runPromise(openSource(path.join(folder, "all"), "fail"))
    expect(shards[0]!.samples).toBe(4)
    const sample = await Effect.runPromise(read({ shard: 0, sample: 2 }))
    expect(sample.key).toBe("000000003")
    expect(new TextDecoder().decode(sample.fields.get("txt"))).toBe("the large")
    const json = JSON.parse(new TextDecoder().decode(sample.fields.get("json"))) as Record<string, unknown>
    expect(json).toMatchObject({
      id: "3",
      caption: "the large",
      key: "000000003",
      status: "success",
      error_message: null,
      width: 512,
      height: 1024,
      original_width: 600,
      original_height: 1200,
      exif: "{}",
    })
    expect(json["sha256"]).toMatch(/^[0-9a-f]{64}$/)
    expect(await sharp(sample.fields.get("jpg")).metadata()).toMatchObject({ format: "jpeg", width: 512, height: 1024 })
    const stats = JSON.parse(await readFile(path.join(folder, "all/00000_stats.json"), "utf8")) as Record<
      string,
      unknown
    >
    expect(stats).toMatchObject({ count: 18, successes: 4, failed_to_download: 11, failed_to_resize: 1 })
  })
})

describe("pictures of sizes that are not wanted", () => {
  const sizes = { small: [40, 19], least: [40, 20], most: [40, 40], large: [41, 40], long: [61, 20], longest: [60, 20] }
  const reasons = {
    small: "image too small",
    least: null,
    most: null,
    large: "image area too large",
    long: "aspect ratio too large",
    longest: null,
  }

  test.each(["keep_ratio", "no"] as const)("are left out, for img2dataset's reasons (%s)", async (mode) => {
    const made = await Promise.all(
      Object.entries(sizes).map(async ([name, [width, height]], i) => [
        `/${name}.jpg`,
        serves(await jpegOf(20 * i, width, height)),
      ]),
    )
    const sized = await startServer(Object.fromEntries(made))
    const names = Object.keys(sizes)
    const list = await listOf(
      `${mode}.txt`,
      names.map((name) => sized.at(`/${name}.jpg`)),
    )
    const store = { ...defaultStore, mode, minImageSize: 20, maxImageArea: 1600, maxAspectRatio: 3 }
    const { successes, failures, status } = await run(list, mode, { store })
    expect({ successes, failures, status }).toEqual({
      successes: 3,
      failures: 3,
      status: { success: 3, "image too small": 1, "image area too large": 1, "aspect ratio too large": 1 },
    })
    const rows = await table(mode)
    expect(Object.fromEntries(names.map((name, i) => [name, rows[i]!["error_message"]]))).toEqual(reasons)
    const stats = JSON.parse(await readFile(path.join(folder, mode, "00000_stats.json"), "utf8")) as {
      failed_to_resize: number
    }
    expect(stats.failed_to_resize).toBe(3)
    await sized.close()
  })
})

describe("a list is not to be trusted", () => {
  test("addresses of this machine are refused unless they are allowed", async () => {
    const list = await listOf("private.txt", [
      server.at("/a.jpg"),
      "http://localhost:1/a.jpg",
      "http://[::1]/a.jpg",
      "http://169.254.169.254/latest/meta-data",
      "http://0x7f000001/a.jpg",
    ])
    await run(list, "private", { allowPrivate: false, retries: 0 })
    for (const { error_message } of await table("private")) expect(error_message).toContain("private")
  })
})

describe("an interrupted download", () => {
  test("goes on with the shard it was at and ends with the same files", async () => {
    const list = await listOf(
      "many.txt",
      Array.from({ length: 9 }, (_, i) => server.at(`/n${i}.jpg`)),
    )
    await run(list, "whole", { perShard: 3 })
    const before = server.asked().length
    await Effect.runPromise(
      Effect.gen(function* () {
        const job = { list, folder: path.join(folder, "parts"), ...quick, perShard: 3 }
        const fiber = yield* Effect.forkChild(
          downloadList({ ...job, onShard: (shard) => (shard === 1 ? Effect.never : Effect.void) }),
        )
        yield* Effect.sleep("600 millis")
        yield* Fiber.interrupt(fiber)
      }),
    )
    expect((await readdir(path.join(folder, "parts"))).filter((name) => name.endsWith("_stats.json"))).toHaveLength(2)
    await run(list, "parts", { perShard: 3 })
    expect(server.asked().length - before).toBe(9)
    for (const shard of ["00000", "00001", "00002"])
      expect(await readFile(path.join(folder, "parts", `${shard}.tar`))).toEqual(
        await readFile(path.join(folder, "whole", `${shard}.tar`)),
      )
  })

  test("is not gone on with under other settings", async () => {
    const list = await listOf("few.txt", [server.at("/n0.jpg")])
    await run(list, "settings")
    const other = downloadList({ list, folder: path.join(folder, "settings"), ...quick, perShard: 7 })
    expect(await Effect.runPromise(Effect.flip(other))).toMatchObject({
      _tag: "JobDiffers",
      rule: expect.stringContaining("perShard"),
    })
  })
})

test("a server is not asked for more at once than it was said to bear", async () => {
  const slow = await startServer(
    Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [
        `/${i}.jpg`,
        (_request, response) => void setTimeout(() => response.end("x"), 20),
      ]),
    ),
  )
  const list = await listOf(
    "slow.txt",
    Array.from({ length: 12 }, (_, i) => slow.at(`/${i}.jpg`)),
  )
  await run(list, "slow", { perHost: 3, concurrency: 12 })
  expect(slow.mostAtOnce()).toBe(3)
  await slow.close()
})
