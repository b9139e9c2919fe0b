import { createHash } from "node:crypto"
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { Effect } from "effect"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import {
  type FetchFileOptions,
  fetchFile,
  type FetchItem,
  itemsOf,
  layoutOf,
  mmvp,
  rowWeights,
} from "../../src/fetch/index.ts"
import { layerMemoryFiles, memoryFiles } from "../files/memoryFiles.ts"
import {
  answers,
  type Behaviour,
  failsFirst,
  redirects,
  type PictureServer,
  serves,
  stalls,
  startServer,
} from "../http/testServer.ts"

const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i * 7 + i) % 253)
const sha256 = createHash("sha256").update(bytes).digest("hex")

let folder = ""
let server: PictureServer | undefined
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "fetch-"))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => server?.close())

let files = 0
const itemAt = (url: string, hex = sha256): FetchItem => ({
  url,
  file: path.join(folder, `deep/${files++}/weights.pt`),
  bytes: bytes.byteLength,
  checksum: { algorithm: "sha256", hex },
  licence: "MIT",
  headers: {},
})
const quick: FetchFileOptions = { allowPrivate: true, stall: 20_000, backoff: 5, tries: 3 }
/** For servers that fall silent; of a machine that is busy, others may seem to. */
const impatient: FetchFileOptions = { ...quick, stall: 150 }
const begin = async (behaviours: Readonly<Record<string, Behaviour>>) => (server = await startServer(behaviours))
const fetched = (item: FetchItem, options = quick) => Effect.runPromise(fetchFile(item, options))
const failure = (item: FetchItem, options = quick) => Effect.runPromise(Effect.flip(fetchFile(item, options)))
const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

/** Serves ranges, at most `most` bytes a connection: then it is cut, is reset at once, or stays open without a word. */
const inPieces =
  (content: Uint8Array, most: number, how: "cut" | "stall" | "reset" = "cut"): Behaviour =>
  ({ headers }, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0)
    if (start >= content.byteLength) return void response.writeHead(416).end()
    const end = Math.min(content.byteLength, start + most)
    response.writeHead(headers.range === undefined ? 200 : 206, {
      "content-length": content.byteLength - start,
      "content-range": `bytes ${start}-${content.byteLength - 1}/${content.byteLength}`,
    })
    const sent = (): void => {
      if (end === content.byteLength) response.end()
      // What was sent has time to arrive: a connection that is reset loses what its other end has not read yet.
      else if (how === "cut") setTimeout(() => response.destroy(), 60)
      else if (how === "reset") response.socket!.resetAndDestroy()
    }
    response.write(content.subarray(start, end), sent)
  }

describe("a file", () => {
  test("comes to its place, through redirects, and is left alone the next time", async () => {
    const { at, asked } = await begin({ "/a": redirects("/b"), "/b": serves(bytes) })
    const item = itemAt(at("/a"))
    const seen: number[] = []
    expect(await fetched(item, { ...quick, onProgress: (done) => seen.push(done) })).toBe("fetched")
    expect(await readFile(item.file)).toEqual(Buffer.from(bytes))
    expect(seen.at(-1)).toBe(bytes.byteLength)
    expect(await fetched(item)).toBe("present")
    expect(asked()).toEqual(["/a", "/b"])
  })

  test.each(["cut", "stall", "reset"] as const)("is resumed where a connection %ss, however often", async (how) => {
    const { at, asked } = await begin({ "/a": inPieces(bytes, 30_000, how) })
    const item = itemAt(at("/a"))
    expect(await fetched(item, how === "stall" ? impatient : quick)).toBe("fetched")
    expect(await readFile(item.file)).toEqual(Buffer.from(bytes))
    // Bytes that were sent may be lost with the connection.
    expect(asked().length).toBeGreaterThanOrEqual(7)
  })

  test("goes on with what an earlier process left", async () => {
    const { at } = await begin({ "/a": inPieces(bytes, 10 ** 9) })
    const item = itemAt(at("/a"))
    await Effect.runPromise(Effect.ignore(fetchFile({ ...item, url: at("/nothing") }, quick)))
    await writeFile(`${item.file}.partial`, bytes.subarray(0, 123_456))
    const seen: number[] = []
    expect(await fetched(item, { ...quick, onProgress: (done) => seen.push(done) })).toBe("resumed")
    expect(seen[0]).toBeGreaterThan(123_456)
    expect(await readFile(item.file)).toEqual(Buffer.from(bytes))
  })

  test("is begun anew where what is there belongs to another file", async () => {
    const { at } = await begin({ "/a": inPieces(bytes, 10 ** 9) })
    const item = itemAt(at("/a"))
    await Effect.runPromise(Effect.ignore(fetchFile({ ...item, url: at("/nothing") }, quick)))
    await writeFile(`${item.file}.partial`, new Uint8Array(150_000))
    expect(await fetched(item)).toBe("resumed")
    expect(await readFile(item.file)).toEqual(Buffer.from(bytes))
  })

  test("is asked for again after 429 and 503, as late as the server says", async () => {
    const { at } = await begin({ "/a": failsFirst([429, 503], serves(bytes), { "retry-after": "0" }) })
    expect(await fetched(itemAt(at("/a")))).toBe("fetched")
  })

  test("with another checksum is removed, and never gets its name", async () => {
    const { at, asked } = await begin({ "/a": serves(bytes) })
    const item = itemAt(at("/a"), "0".repeat(64))
    expect(await failure(item)).toMatchObject({ _tag: "ChecksumMismatch", file: item.file })
    expect([await exists(item.file), await exists(`${item.file}.partial`)]).toEqual([false, false])
    expect(asked()).toHaveLength(2)
  })

  test.each([
    ["is gone", answers(404), "HTTP 404", 1],
    ["is on a server that is down", answers(503), "HTTP 503", 3],
    ["never comes", stalls, "no byte within 0.15 s", 3],
    ["redirects for ever", redirects("/a"), "redirects more than", 6],
  ] as const)("that %s is told with what to do", async (_what, behaviour, rule, times) => {
    const { at, asked } = await begin({ "/a": behaviour })
    const error = await failure(itemAt(at("/a")), behaviour === stalls ? impatient : quick)
    expect(error).toMatchObject({ _tag: "FetchFailed", rule: expect.stringContaining(rule) })
    expect(asked()).toHaveLength(times)
  })

  test("that is there by hand but is not what is published is replaced", async () => {
    const { at } = await begin({ "/a": serves(bytes) })
    const item = itemAt(at("/a"))
    await fetched(item)
    await writeFile(item.file, "something else")
    expect(await fetched(item)).toBe("fetched")
    expect(await readFile(item.file)).toEqual(Buffer.from(bytes))
  })
})

describe("a file on another file system than this machine's", () => {
  const item = { ...itemAt("", sha256), file: "/weights/a.pt" }

  test("is fetched, checked and named there", async () => {
    const { at } = await begin({ "/a": inPieces(bytes, 70_000) })
    const disk = memoryFiles()
    const ask = fetchFile({ ...item, url: at("/a") }, quick).pipe(Effect.provide(layerMemoryFiles(disk)))
    expect([await Effect.runPromise(ask), await Effect.runPromise(ask)]).toEqual(["fetched", "present"])
    expect([...disk.files.keys()]).toEqual(["/weights/a.pt"])
    expect(Buffer.from(disk.files.get("/weights/a.pt")!)).toEqual(Buffer.from(bytes))
  })

  test("whose disk is full is told, and goes on where there is room again", async () => {
    const { at } = await begin({ "/a": inPieces(bytes, 70_000) })
    const disk = memoryFiles()
    const ask = fetchFile({ ...item, url: at("/a") }, quick).pipe(Effect.provide(layerMemoryFiles(disk)))
    disk.full.add("a.pt.partial")
    expect(await Effect.runPromise(Effect.flip(ask))).toMatchObject({ _tag: "StorageFull", file: item.file })
    disk.full.clear()
    disk.files.set("/weights/a.pt.partial", bytes.slice(0, 50_000))
    expect(await Effect.runPromise(ask)).toBe("resumed")
  })
})

describe("a repository", () => {
  const blob = (content: string) => createHash("sha1").update(`blob ${content.length}\0${content}`).digest("hex")
  const listing = (entries: readonly object[]): Uint8Array => new TextEncoder().encode(JSON.stringify(entries))
  const file = (name: string, content: string) => ({
    type: "file",
    path: name,
    size: content.length,
    oid: blob(content),
  })

  test("is listed page by page; only what is wanted is fetched, each file checked as the hub says", async () => {
    const image = "picture"
    const large = { oid: createHash("sha256").update(image).digest("hex"), size: image.length }
    const tree = "/api/datasets/MMVP/MMVP_VLM/tree/main?recursive=true&expand=false"
    const { at } = await begin({
      [tree]: (request, response, nth) =>
        serves(
          listing([
            file("Questions.csv", "a,b"),
            file("README.md", "x"),
            { type: "directory", path: "d", size: 0, oid: "" },
          ]),
          {
            link: `<${`http://${request.headers.host}`}/page2>; rel="next"`,
          },
        )(request, response, nth),
      "/page2": serves(
        listing([
          { type: "file", path: "MLLM_VLM Images/Color/1.jpg", size: 99, oid: "p", lfs: large },
          file("../evil", "x"),
        ]),
      ),
      "/datasets/MMVP/MMVP_VLM/resolve/main/Questions.csv": serves(new TextEncoder().encode("a,b")),
      "/datasets/MMVP/MMVP_VLM/resolve/main/MLLM_VLM%20Images/Color/1.jpg": serves(new TextEncoder().encode(image)),
    })
    const items = await Effect.runPromise(itemsOf(mmvp, { root: folder, hub: at(""), allowPrivate: true }))
    expect(items.map((item) => [path.relative(folder, item.file), item.bytes, item.checksum.algorithm])).toEqual([
      ["dataset/MMVP_VLM/Questions.csv", 3, "git-sha1"],
      ["dataset/MMVP_VLM/MLLM_VLM Images/Color/1.jpg", 7, "sha256"],
    ])
    for (const item of items) expect(await fetched(item)).toBe("fetched")
  })

  test.each([
    ["answers 401", answers(401), "HTTP 401"],
    ["answers a page of its own", serves(new TextEncoder().encode("<html>")), "does not have the form"],
  ])("that %s is told with what to do", async (_what, behaviour, rule) => {
    const { at } = await begin({ "/api/datasets/MMVP/MMVP_VLM/tree/main?recursive=true&expand=false": behaviour })
    const error = await Effect.runPromise(Effect.flip(itemsOf(mmvp, { root: folder, hub: at(""), allowPrivate: true })))
    expect(error).toMatchObject({ _tag: "FetchFailed", rule: expect.stringContaining(rule) })
    expect(error.remedy).toContain("docs/weights.md")
  })

  test("is asked for its list again after 429 and 503, with the token that opens it", async () => {
    const told: (string | undefined)[] = []
    const page: Behaviour = (request, response, nth) => {
      told.push(request.headers.authorization)
      serves(listing([file("Questions.csv", "a,b")]))(request, response, nth)
    }
    const busy = failsFirst([429, 503], page, { "retry-after": "0" })
    const { at, asked } = await begin({ "/api/datasets/MMVP/MMVP_VLM/tree/main?recursive=true&expand=false": busy })
    const options = { root: folder, hub: at(""), token: "hf_secret", allowPrivate: true, backoff: 5 }
    expect(await Effect.runPromise(itemsOf(mmvp, options))).toHaveLength(1)
    expect([asked().length, told]).toEqual([3, ["Bearer hf_secret"]])
  })

  test.each([
    [{ token: "secret" }, "start with 'hf_'"],
    [{ allowPrivate: false }, "--allow-private"],
    [{ hub: "ftp://somewhere" }, "not an http or https address"],
  ] as const)("asked with %j is not asked, and the error says why", async (options, rule) => {
    const { at, asked } = await begin({})
    const given = { root: folder, hub: at(""), allowPrivate: true, ...options }
    const error = await Effect.runPromise(Effect.flip(itemsOf(mmvp, given)))
    expect(error).toMatchObject({ _tag: "FetchFailed", rule: expect.stringContaining(rule) })
    expect(asked()).toEqual([])
  })

  test("is told its token, but no other server is", async () => {
    const told: (string | undefined)[] = []
    const other = await startServer({
      "/b": ({ headers }, response) => void (told.push(headers.authorization), response.end(bytes)),
    })
    const { at } = await begin({
      "/a": ({ headers }, response) => {
        told.push(headers.authorization)
        response.writeHead(302, { location: other.at("/b") }).end()
      },
    })
    await fetched({ ...itemAt(at("/a")), headers: { authorization: "Bearer secret" } })
    expect(told).toEqual(["Bearer secret", undefined])
    await other.close()
  })
})

describe("where things are published and where they go", () => {
  test("single files carry their published sum; OpenAI's is a part of its address", () => {
    const single = Object.values(rowWeights).filter((published) => published.kind === "url")
    const openai = single.filter(({ url }) => url.includes("openai"))
    expect([single.length, openai.length]).toEqual([4, 2])
    for (const { sha256 } of single) expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    for (const { url, sha256 } of openai) expect(url).toContain(sha256)
  })

  test("the folders are those the original reads", () => {
    expect(layoutOf("openai-l14-224").clip).toBe("pretrained_weights/CLIP/ViT-L-14.pt")
    expect(layoutOf("metaclip-h14-224", "/x").clip).toBe("/x/pretrained_weights/CLIP/MetaCLIP/h14_fullcc2.5b.pt")
    expect(layoutOf("siglip-so400m-14-384").clip).toBe(
      "pretrained_weights/CLIP/ViT-SO400M-14-SigLIP-384/open_clip_pytorch_model.bin",
    )
    expect(layoutOf("dfn-h14-378").stableDiffusion).toBe("pretrained_weights/SD/stable-diffusion-2-1-base")
  })
})
