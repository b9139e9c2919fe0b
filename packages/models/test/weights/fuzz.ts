import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, beforeAll, expect, test } from "vitest"
import {
  memorySource,
  openWeights,
  readWeights,
  recognise,
  type WeightFile,
  type WeightsError,
  writeSafetensors,
} from "../../src/weights/index.ts"
import { archive, program, tensorProgram, text } from "./pickleProgram.ts"

const golden = (name: string): string => path.join(import.meta.dirname, "../golden/08_containers", name)

/** xorshift32: the same numbers in every run. */
const numbers = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

type Mutate = (bytes: Uint8Array, draw: (below: number) => number) => Uint8Array

const at = (bytes: Uint8Array, draw: (below: number) => number): number => draw(bytes.byteLength)

/** Ways a file is damaged; those that touch the first kilobytes and the end reach headers and directories more often. */
const kinds: readonly Mutate[] = [
  (bytes, draw) => bytes.with(at(bytes, draw), draw(256)),
  (bytes, draw) => bytes.with(Math.min(draw(1200), bytes.byteLength - 1), draw(256)),
  (bytes, draw) => bytes.with(Math.max(0, bytes.byteLength - 1 - draw(900)), draw(256)),
  (bytes, draw) => bytes.with(at(bytes, draw), [0, 1, 127, 128, 255][draw(5)]!),
  (bytes, draw) => bytes.slice(0, at(bytes, draw)),
  (bytes, draw) => {
    const copy = bytes.slice()
    const from = at(bytes, draw)
    return copy.fill([0, 255][draw(2)]!, from, from + 1 + draw(8))
  },
  (bytes, draw) => {
    const copy = bytes.slice()
    const [from, to, length] = [at(bytes, draw), at(bytes, draw), 1 + draw(32)]
    return copy.copyWithin(to, from, from + length)
  },
  (bytes, draw) =>
    Uint8Array.from([...bytes.subarray(0, at(bytes, draw)), draw(256), ...bytes.subarray(at(bytes, draw))]),
]

/** A module in a module, as torch.jit.save lays them out, small enough that damage meets every part of it. */
const script = archive({
  "s/data.pkl": program(
    "\x80",
    2,
    "c__torch__\nOuter\n)\x81}(",
    text("weight"),
    tensorProgram(6, 0, [3, 2], [1, 3]),
    text("training"),
    "\x88",
    text("inner"),
    "c__torch__\nInner\n)\x81}(",
    text("bias"),
    tensorProgram(6, 2, [4], [1]),
    "ubub.",
  ),
  "s/code/__torch__.py": new TextEncoder().encode("class Outer(Module):\n"),
  "s/constants.pkl": program("\x80", 2, ")."),
  "s/data/0": new Uint8Array(24),
  "s/version": new TextEncoder().encode("3\n"),
})

const seedFiles = {
  safetensors: () => readFile(golden("views_expected.safetensors")),
  "PyTorch zip": () => readFile(golden("views_zip.pt")),
  "PyTorch legacy": () => readFile(golden("views_legacy.pt")),
  TorchScript: async () => script,
} as const

const named = (error: WeightsError): boolean => error.file !== "" && error.rule.length > 0 && error.remedy.length > 0

/** Opens and reads all of a damaged file, and tells what it is; gives what was wrong, or nothing. Whatever else is thrown fails the test. */
const outcome = async (opened: E.Either<WeightsError, WeightFile>): Promise<WeightsError | undefined> => {
  if (E.isLeft(opened)) return opened.left
  const file = opened.right
  recognise(file)
  for (const name of file.entries.keys()) {
    const tensor = await file.read(name)()
    if (E.isLeft(tensor)) return tensor.left
  }
  return undefined
}

type Open = (bytes: Uint8Array) => Promise<E.Either<WeightsError, WeightFile>>

const inMemory: Open = (bytes) => readWeights(memorySource(bytes, "fuzzed"))()

const fuzz = async (original: Uint8Array, seed: number, mutations: number, open: Open) => {
  const draw = numbers(seed)
  const before = process.memoryUsage().rss
  const tags = new Map<string, number>()
  let slowest = 0
  for (let i = 0; i < mutations; i++) {
    const damaged = kinds[i % kinds.length]!(new Uint8Array(original), draw)
    const start = performance.now()
    const opened = await open(damaged)
    const error = await outcome(opened)
    if (E.isRight(opened)) await opened.right.close()
    slowest = Math.max(slowest, performance.now() - start)
    if (error !== undefined && !named(error)) throw new Error(JSON.stringify(error))
    const tag = error?._tag ?? "read"
    tags.set(tag, (tags.get(tag) ?? 0) + 1)
  }
  return { tags, slowest, grown: process.memoryUsage().rss - before }
}

/** A folder of this test's own: whatever a pickle made, were it run, would lie in it. */
let folder = ""
const home = process.cwd()
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "fuzz-"))
  process.chdir(folder)
})
afterAll(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true })
})

const expectBounded = ({ tags, slowest, grown }: Awaited<ReturnType<typeof fuzz>>): void => {
  expect(tags.size).toBeGreaterThan(3)
  expect(slowest).toBeLessThan(2000)
  expect(grown).toBeLessThan(512 * 2 ** 20)
}

/** Tests that so many damaged files of each format, and so many damaged lists of shards, are read or refused by name. */
export const testDamaged = (mutations: number): void => {
  test.each(Object.keys(seedFiles) as (keyof typeof seedFiles)[])(
    `%s: ${mutations} damaged files are read or refused by name, in bounded time and memory, and create no file`,
    async (format) => {
      expectBounded(await fuzz(new Uint8Array(await seedFiles[format]()), 2024, mutations, inMemory))
      expect(readdirSync(folder)).toEqual([])
    },
  )

  test(`an index of shards: ${mutations} damaged lists are read or refused by name, and lead out of no folder`, async () => {
    const tensor = (name: string) => ({ name, dtype: "U8" as const, shape: [4], bytes: () => new Uint8Array(4) })
    for (const [i, name] of ["a", "b"].entries())
      await writeSafetensors(path.join(folder, `${i}.safetensors`), [tensor(name)])()
    const index = path.join(folder, "model.safetensors.index.json")
    const whole = JSON.stringify({
      metadata: { total_size: 8 },
      weight_map: { a: "0.safetensors", b: "1.safetensors" },
    })
    const open: Open = (bytes) => {
      writeFileSync(index, bytes)
      return openWeights(index)()
    }
    const { tags, slowest, grown } = await fuzz(new TextEncoder().encode(whole), 7, mutations, open)
    expect([...tags.keys()].toSorted()).toEqual(["FileUnreadable", "ShardsInvalid", "read"])
    expect([slowest < 2000, grown < 512 * 2 ** 20]).toEqual([true, true])
    expect(readdirSync(folder).toSorted()).toEqual(["0.safetensors", "1.safetensors", path.basename(index)])
  }, 60_000)
}
