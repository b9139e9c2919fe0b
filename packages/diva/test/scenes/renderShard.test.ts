import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, test } from "vitest"
import { indexShard, readSample, Shards } from "../../src/data/index.ts"
import { renderShard, sceneAt } from "../../src/scenes/index.ts"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "scenes-"))
})
afterAll(() => rm(folder, { recursive: true }))

const request = (name: string, count: number) => ({ path: path.join(folder, name), count, seed: 5, size: 64 })

test("a rendered shard is a webdataset: picture, caption and scene of each sample", async () => {
  const { path: file } = request("a.tar", 12)
  const bytes = await Effect.runPromise(renderShard(request("a.tar", 12)))
  const index = await Effect.runPromise(indexShard(file))
  expect(index).toMatchObject({ bytes, samples: 12 })
  const { key, fields } = await Effect.runPromise(readSample(index, 7))
  const text = (extension: string) => new TextDecoder().decode(fields.get(extension))
  expect(key).toBe("000000007")
  expect([...fields.keys()]).toEqual(["jpg", "txt", "json"])
  expect(text("txt")).toBe(sceneAt(5, 7).caption)
  expect(JSON.parse(text("json"))).toMatchObject({ caption: text("txt"), width: 64, scene: sceneAt(5, 7) })
})

test("equal requests give equal bytes, and nothing but the shard is left in the folder", async () => {
  await Effect.runPromise(Effect.all([renderShard(request("b.tar", 5)), renderShard(request("c.tar", 5))]))
  expect((await readFile(path.join(folder, "b.tar"))).equals(await readFile(path.join(folder, "c.tar")))).toBe(true)
  expect((await readdir(folder)).filter((name) => !name.endsWith(".tar"))).toEqual([])
})

test("a shard that starts later holds the following scenes", async () => {
  await Effect.runPromise(renderShard({ ...request("d.tar", 2), first: 30 }))
  const { key, fields } = await Effect.runPromise(
    Effect.flatMap(indexShard(path.join(folder, "d.tar")), (index) => readSample(index, 1)),
  )
  expect(key).toBe("000000031")
  expect(new TextDecoder().decode(fields.get("txt"))).toBe(sceneAt(5, 31).caption)
})

test("a run can train on it", async () => {
  await Effect.runPromise(renderShard(request("e.tar", 9)))
  const example = Effect.gen(function* () {
    const shards = yield* Shards
    return yield* shards.example({ epoch: 0, position: 8 })
  })
  const provided = Effect.provide(example, Shards.layerTar(path.join(folder, "e.tar"), { size: 48 }))
  expect((await Effect.runPromise(provided)).image).toHaveLength(3 * 48 * 48)
})

test("folders above a shard are made; one that cannot be is FileUnwritable", async () => {
  expect(await Effect.runPromise(renderShard(request("new/folder/a.tar", 1)))).toBeGreaterThan(0)
  const error = await Effect.runPromise(Effect.flip(renderShard(request("new/folder/a.tar/b.tar", 1))))
  expect(error).toMatchObject({ _tag: "FileUnwritable" })
})
