import { createHash } from "node:crypto"
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as fc from "fast-check"
import * as E from "fp-ts/lib/Either.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readSafetensors } from "../../src/weights/safetensors.ts"
import { isSafetensorsDType } from "../../src/weights/safetensorsHeader.ts"
import {
  elementCount,
  openSafetensors,
  parseSafetensors,
  renderWeightsError,
  type StoredDType,
  storedDTypes,
  storedWidth,
  type TensorToWrite,
  toFloat32,
  type WeightsError,
  writeSafetensors,
} from "../../src/weights/index.ts"

const golden = (name: string): string => path.join(import.meta.dirname, "../golden/08_containers", name)

const right = <A>(either: E.Either<WeightsError, A>): A => {
  if (E.isLeft(either)) throw new Error(renderWeightsError(either.left))
  return either.right
}
const left = (either: E.Either<WeightsError, unknown>): WeightsError => {
  if (E.isRight(either)) throw new Error("expected an error")
  return either.left
}

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "safetensors-"))
})
afterAll(() => rm(folder, { recursive: true }))

const fileOf = (header: unknown, dataBytes: number, text = JSON.stringify(header)): Uint8Array => {
  const json = new TextEncoder().encode(text)
  const bytes = new Uint8Array(8 + json.byteLength + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.byteLength), true)
  bytes.set(json, 8)
  return bytes
}
const entry = (dtype: string, shape: readonly unknown[], begin: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})
const parseError = (header: unknown, dataBytes: number, text?: string): WeightsError =>
  left(parseSafetensors(fileOf(header, dataBytes, text), "bad.safetensors"))

describe("reading", () => {
  test("a real file gives every tensor with its name, shape and values", async () => {
    const { tensors } = right(parseSafetensors(await readFile(golden("tiny_clip_fp32.safetensors"))))
    expect(tensors.size).toBe(38)
    expect(tensors.get("visual.conv1.weight")).toMatchObject({ dtype: "F32", shape: [64, 3, 14, 14] })
    const values = right(toFloat32(tensors.get("logit_scale")!))
    expect(values).toHaveLength(1)
    expect(Math.abs(values[0]!)).toBeGreaterThan(0)
  })

  test("an opened file reads one tensor at a time, with the bytes that parsing it whole gives", async () => {
    const whole = right(parseSafetensors(await readFile(golden("tiny_clip_fp32.safetensors"))))
    const reader = right(await openSafetensors(golden("tiny_clip_fp32.safetensors"))())
    expect([...reader.entries.keys()]).toEqual([...whole.tensors.keys()])
    for (const [name, tensor] of whole.tensors) {
      const lazy = right(await reader.read(name)())
      expect(Buffer.from(lazy.bytes).equals(Buffer.from(tensor.bytes))).toBe(true)
    }
    await reader.close()
  })

  test("reading a large file needs memory for its header and one tensor, not for the file", async () => {
    const file = path.join(folder, "sparse.safetensors")
    const side = 1 << 15
    const gigabytes = 4 * side * side
    const tail = gigabytes + 8
    await writeFile(
      file,
      fileOf({ big: entry("F32", [side, side], 0, gigabytes), small: entry("F32", [2], gigabytes, tail) }, 0),
    )
    const headerBytes = (await readFile(file)).byteLength
    await truncate(file, headerBytes + tail)
    const reader = right(await openSafetensors(file)())
    const before = process.memoryUsage().arrayBuffers
    expect(right(toFloat32(right(await reader.read("small")())))).toEqual(new Float32Array(2))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
    await reader.close()
    await rm(file)
  })

  test("a file that shrank after it was opened is an error, not zeros", async () => {
    const file = path.join(folder, "shrunk.safetensors")
    await writeFile(file, fileOf({ a: entry("F32", [100], 0, 400) }, 400))
    const reader = right(await openSafetensors(file)())
    await truncate(file, 100)
    expect(left(await reader.read("a")())).toMatchObject({ _tag: "FileUnreadable", file })
    await reader.close()
  })

  test("a name the file lacks is TensorMissing", async () => {
    const reader = right(await openSafetensors(golden("views_expected.safetensors"))())
    expect(left(await reader.read("nope")())).toMatchObject({ _tag: "TensorMissing", key: "nope" })
    await reader.close()
  })

  test("a path to nothing, to a folder, or through a file is FileUnreadable with a remedy", async () => {
    for (const bad of [path.join(folder, "none"), folder, golden("views_expected.safetensors/x")]) {
      const error = left(await openSafetensors(bad)())
      expect(error).toMatchObject({ _tag: "FileUnreadable", file: bad })
      expect(error.remedy).not.toBe("")
    }
  })
})

describe("refusing", () => {
  test("overlapping tensors are refused, naming the tensor", async () => {
    const error = left(parseSafetensors(await readFile(golden("hostile/st_overlap.safetensors")), "st_overlap"))
    expect(error).toMatchObject({ _tag: "ByteRangeInvalid", file: "st_overlap", key: "b" })
    expect(error.rule).toContain("overlap")
  })

  test("a tensor past the end is refused, from memory and from disk", async () => {
    const file = golden("hostile/st_out_of_range.safetensors")
    expect(left(parseSafetensors(await readFile(file)))).toMatchObject({ _tag: "ByteRangeInvalid", key: "b" })
    expect(left(await openSafetensors(file)())).toMatchObject({ _tag: "ByteRangeInvalid", key: "b", file })
  })

  test.each([
    ["an empty file", new Uint8Array(0)],
    ["seven bytes", new Uint8Array(7)],
    ["a header longer than the file", new Uint8Array(8).fill(1, 0, 1)],
    ["a header of 2^63 bytes", new Uint8Array(64).fill(0x80, 7, 8)],
    ["a header that is not UTF-8", Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0xc3, 0x28])],
    ["a header that is not JSON", fileOf(undefined, 0, "{nope")],
    ["a header that is a list", fileOf([], 0)],
    ["metadata that is not text", fileOf({ __metadata__: { a: 1 } }, 0)],
    ["data that no tensor covers", fileOf({}, 4)],
  ])("%s is HeaderInvalid", (_name, bytes) => {
    expect(left(parseSafetensors(bytes, "bad"))).toMatchObject({ _tag: "HeaderInvalid", file: "bad" })
  })

  test.each([
    ["an entry that is no object", 3],
    ["no shape", { dtype: "F32", data_offsets: [0, 4] }],
    ["a negative axis", entry("F32", [-1], 0, 4)],
    ["a fractional axis", entry("F32", [0.5], 0, 4)],
    ["a product of axes beyond exact integers", entry("F32", [2 ** 40, 2 ** 40], 0, 4)],
    ["one offset", { dtype: "F32", shape: [1], data_offsets: [0] }],
    ["descending offsets", entry("F32", [1], 4, 0)],
    ["offsets as text", entry("F32", [1], "0", "4")],
    ["a first offset as text", entry("F32", [1], "0", 4)],
    ["a first offset that is null", entry("F32", [1], null, 4)],
    ["a last offset as text", entry("F32", [1], 0, "4")],
    ["a fractional offset", entry("U8", [4], 0.5, 4.5)],
    ["a shape that does not fill the bytes", entry("F32", [2], 0, 4)],
  ])("%s is EntryInvalid, naming the tensor", (_name, value) => {
    expect(parseError({ w: value }, 4)).toMatchObject({ _tag: "EntryInvalid", key: "w", file: "bad.safetensors" })
  })

  test.each([
    ["descending offsets", fileOf({ w: entry("F32", [1], 4, 0) }, 4), "not two ascending byte positions"],
    ["a header longer than the file", new Uint8Array(8).fill(1, 0, 1), "1 bytes but the file ends after 8"],
    ["a header of 2^63 bytes", new Uint8Array(64).fill(0x80, 7, 8), "at most 100000000 are allowed"],
    ["bytes beyond the data", fileOf({ w: entry("F32", [2], 0, 8) }, 4), "lie outside the 4 bytes of data"],
  ])("%s are said as what they are", (_name, bytes, rule) => {
    expect(left(parseSafetensors(bytes, "bad")).rule).toContain(rule)
  })

  test("a header that claims more than is allowed, or than there is, is refused before it is read", async () => {
    for (const [claim, size] of [
      [100_000_001, 2 ** 40],
      [1000, 1007],
    ] as const) {
      const reads: number[] = []
      const first = new Uint8Array(8)
      new DataView(first.buffer).setBigUint64(0, BigInt(claim), true)
      const read = (_from: number, length: number) => {
        reads.push(length)
        return TE.right(first)
      }
      const source = { file: "claims", size, read, close: () => Promise.resolve() }
      expect(left(await readSafetensors(source)())).toMatchObject({ _tag: "HeaderInvalid", file: "claims" })
      expect(reads).toEqual([8])
    }
  })

  test("an unknown element type is named and the known ones listed", () => {
    const error = parseError({ w: entry("F12", [4], 0, 4) }, 4)
    expect(error).toMatchObject({ _tag: "DTypeUnknown", key: "w", dtype: "F12" })
    expect(error.rule).toContain("BF16")
  })

  test("a gap between tensors is refused", () => {
    const header = { a: entry("U8", [1], 0, 1), b: entry("U8", [1], 2, 3) }
    expect(parseError(header, 3)).toMatchObject({ _tag: "ByteRangeInvalid", key: "b" })
  })

  test("a name that appears twice is refused, even when the second is spelt with escapes", () => {
    const one = JSON.stringify(entry("U8", [1], 0, 1))
    expect(parseError({}, 1, `{"w":${one},"w":${one}}`)).toMatchObject({ _tag: "DuplicateName", key: "w" })
    expect(parseError({}, 1, String.raw`{"w":${one},"\u0077":${one}}`)).toMatchObject({
      _tag: "DuplicateName",
      key: "w",
    })
    expect(parseError({}, 1, `{"w":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}`)).toMatchObject({
      _tag: "DuplicateName",
      key: "dtype",
    })
  })

  test("no damage to a file makes reading throw or read outside it", async () => {
    const good = await readFile(golden("views_expected.safetensors"))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(good.byteLength),
        (damage, keep) => {
          const bytes = Uint8Array.from(good.subarray(0, keep))
          for (const [at, value] of damage) if (at < keep) bytes[at] = value
          const parsed = parseSafetensors(bytes)
          if (E.isLeft(parsed)) return renderWeightsError(parsed.left).includes("try")
          return [...parsed.right.tensors.values()].every(
            (t) => t.bytes.byteLength === elementCount(t.shape) * storedWidth(t.dtype),
          )
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** Elements of 4 or 6 bits fill bytes only together; they have a test of their own. */
const wholeBytes = (storedDTypes as readonly StoredDType[]).filter(
  (dtype) => isSafetensorsDType(dtype) && Number.isInteger(storedWidth(dtype)),
)

const anyTensor = fc
  .record({
    name: fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom("0", "10", "__proto__", "a.b.weight", "Ω")),
    dtype: fc.constantFrom(...wholeBytes),
    shape: fc.array(fc.nat(4), { maxLength: 3 }),
  })
  .chain(({ name, dtype, shape }) => {
    const length = elementCount(shape) * storedWidth(dtype)
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((content): TensorToWrite & { content: Uint8Array } => ({
        name,
        dtype,
        shape,
        content,
        bytes: () => content,
      }))
  })
const anyTensors = fc.uniqueArray(anyTensor, { selector: (tensor) => tensor.name, maxLength: 8 })

const given = (name: string, dtype: StoredDType, count: number): TensorToWrite => ({
  name,
  dtype,
  shape: [count],
  bytes: () => new Uint8Array(count * storedWidth(dtype)).fill(count),
})

const hash = async (list: readonly TensorToWrite[], metadata: Record<string, string>) => {
  const file = path.join(folder, "order.safetensors")
  right(await writeSafetensors(file, list, metadata)())
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex")
}

describe("writing", () => {
  test("load after save gives back every name, type, shape, byte and metadata entry", async () => {
    const file = path.join(folder, "roundtrip.safetensors")
    await fc.assert(
      fc.asyncProperty(anyTensors, fc.dictionary(fc.string(), fc.string()), async (tensors, metadata) => {
        const written = right(await writeSafetensors(file, tensors, metadata)())
        const bytes = await readFile(file)
        const read = right(parseSafetensors(bytes))
        expect(written).toBe(bytes.byteLength)
        expect(read.metadata).toEqual({ ...metadata })
        expect(read.tensors.size).toBe(tensors.length)
        for (const { name, dtype, shape, content } of tensors) {
          expect(read.tensors.get(name)).toMatchObject({ dtype, shape })
          expect(Array.from(read.tensors.get(name)!.bytes)).toEqual(Array.from(content))
        }
      }),
      { numRuns: 60 },
    )
  })

  test("the order in which tensors and metadata are given does not change a byte", async () => {
    const tensors = [given("b", "F16", 3), given("a", "F32", 2), given("c", "U8", 5), given("aa", "F32", 1)]
    expect(await hash(tensors, { x: "1", y: "2" })).toBe(await hash(tensors.toReversed(), { y: "2", x: "1" }))
  })

  test("data are aligned to their element width", async () => {
    const file = path.join(folder, "aligned.safetensors")
    const tensors: TensorToWrite[] = wholeBytes.map((dtype) => ({
      name: dtype,
      dtype,
      shape: [3],
      bytes: () => new Uint8Array(3 * storedWidth(dtype)),
    }))
    right(await writeSafetensors(file, tensors)())
    const reader = right(await openSafetensors(file)())
    const positions = [...reader.entries.values()].map(({ begin, dtype }) => begin % storedWidth(dtype))
    expect(positions).toEqual(positions.map(() => 0))
    await reader.close()
  })

  test("elements of four and six bits share bytes, and must fill them", async () => {
    const packed: TensorToWrite[] = [
      { name: "four", dtype: "F4", shape: [3, 2], bytes: () => Uint8Array.of(1, 2, 3) },
      { name: "six", dtype: "F6_E2M3", shape: [4], bytes: () => Uint8Array.of(4, 5, 6) },
    ]
    const file = path.join(folder, "packed.safetensors")
    right(await writeSafetensors(file, packed)())
    const reader = right(await openSafetensors(file)())
    expect([...right(await reader.read("six")()).bytes]).toEqual([4, 5, 6])
    await reader.close()
    const odd = { name: "odd", dtype: "F4", shape: [3], bytes: () => Uint8Array.of(1, 2) } as const
    expect(left(await writeSafetensors(file, [odd])())).toMatchObject({ _tag: "EntryInvalid", key: "odd" })
  })

  test("bytes that do not fill the shape are refused and leave the old file and no temporary", async () => {
    const inside = await mkdtemp(path.join(folder, "refused-"))
    const file = path.join(inside, "w.safetensors")
    await writeFile(file, "old")
    const error = left(
      await writeSafetensors(file, [{ name: "w", dtype: "F32", shape: [2], bytes: () => new Uint8Array(4) }])(),
    )
    expect(error).toMatchObject({ _tag: "EntryInvalid", key: "w", file })
    expect(await readFile(file, "utf8")).toBe("old")
    expect(await readdir(inside)).toEqual(["w.safetensors"])
  })

  test("one name for two tensors is refused", async () => {
    const w: TensorToWrite = { name: "w", dtype: "U8", shape: [0], bytes: () => new Uint8Array(0) }
    expect(left(await writeSafetensors(path.join(folder, "two"), [w, w])())).toMatchObject({
      _tag: "DuplicateName",
      key: "w",
    })
    expect(left(await writeSafetensors(path.join(folder, "two"), [{ ...w, name: "__metadata__" }])())).toMatchObject({
      _tag: "DuplicateName",
    })
  })

  test("a folder that does not exist is FileUnwritable with the remedy to create it", async () => {
    const error = left(await writeSafetensors(path.join(folder, "none/x.safetensors"), [])())
    expect(error).toMatchObject({ _tag: "FileUnwritable" })
    expect(error.remedy).toContain("create")
  })
})
