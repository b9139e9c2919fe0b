import { existsSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import * as path from "node:path"
import { describe, expect, test } from "vitest"
import { openWeights, toFloat32 } from "../../src/weights/index.ts"
import { fingerprints, left, loadAll, right } from "./weightsOf.ts"

const golden = (name: string): string => path.join(import.meta.dirname, "../golden/08_containers", name)

describe("files that hold the same tensors in other containers", () => {
  test.each(["tiny_clip_fp32_zip.pt", "tiny_clip_fp32_legacy.pt"])("%s loads bit for bit", async (name) => {
    expect(fingerprints(await loadAll(golden(name)))).toEqual(
      fingerprints(await loadAll(golden("tiny_clip_fp32.safetensors"))),
    )
  })

  test("a TorchScript archive gives its state dict and the three integers OpenAI adds", async () => {
    const script = fingerprints(await loadAll(golden("tiny_clip_jit_fp32.pt")))
    const { input_resolution, context_length, vocab_size, ...weights } = script
    for (const extra of [input_resolution, context_length, vocab_size])
      expect(extra).toMatchObject({ dtype: "I64", shape: [] })
    expect(weights).toEqual(fingerprints(await loadAll(golden("tiny_clip_fp32.safetensors"))))
  })

  test.each(["views_zip.pt", "views_legacy.pt"])(
    "%s: views, shared storages, parameters and every type",
    async (name) => {
      const { f64: wantNarrow, ...want } = fingerprints(await loadAll(golden("views_expected.safetensors")))
      const loaded = await loadAll(golden(name))
      const { f64, ...rest } = fingerprints(loaded)
      expect(rest).toEqual(want)
      expect([f64?.dtype, wantNarrow?.dtype]).toEqual(["F64", "F32"])
      const expected = (await loadAll(golden("views_expected.safetensors"))).get("f64")!
      expect(right(toFloat32(loaded.get("f64")!))).toEqual(right(toFloat32(expected)))
    },
  )

  test("an opened file says how it is packed and reads nothing it was not asked for", async () => {
    const file = right(await openWeights(golden("tiny_clip_jit_fp32.pt"))())
    expect(file.format).toBe("TorchScript")
    expect(file.entries.get("visual.conv1.weight")).toEqual({
      name: "visual.conv1.weight",
      dtype: "F32",
      shape: [64, 3, 14, 14],
    })
    expect(left(await file.read("nothing")())).toMatchObject({ _tag: "TensorMissing", key: "nothing" })
    await file.close()
  })
})

describe("hostile files", () => {
  const markers = ["HOSTILE_PICKLE_WAS_EXECUTED", golden("HOSTILE_PICKLE_WAS_EXECUTED")]

  test.each([
    ["hostile/pickle_os_system.pt", { _tag: "GlobalRefused", global: "posix.system" }],
    ["hostile/pickle_os_system_legacy.pt", { _tag: "GlobalRefused", global: "posix.system" }],
    ["hostile/zip_absurd_sizes.pt", { _tag: "ArchiveInvalid" }],
    ["hostile/st_overlap.safetensors", { _tag: "ByteRangeInvalid", key: "b" }],
    ["hostile/st_out_of_range.safetensors", { _tag: "ByteRangeInvalid", key: "b" }],
  ])("%s is refused in bounded time and memory, and nothing is run or created", async (name, error) => {
    const before = await readdir(golden("hostile"))
    const used = process.memoryUsage().rss
    expect(left(await openWeights(golden(name))())).toMatchObject({ ...error, file: golden(name) })
    expect(process.memoryUsage().rss - used).toBeLessThan(64 * 2 ** 20)
    expect(await readdir(golden("hostile"))).toEqual(before)
    expect(markers.filter((marker) => existsSync(marker))).toEqual([])
  })

  test("the manifest's hostile files are all held above", async () => {
    const { hostile } = JSON.parse(await readFile(golden("manifest.json"), "utf8"))
    expect(hostile).toHaveLength(5)
  })
})
