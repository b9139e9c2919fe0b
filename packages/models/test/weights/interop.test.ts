import { spawnSync } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { storedWidth, elementCount, type StoredDType, writeSafetensors, writeTorch } from "../../src/weights/index.ts"
import { fingerprint, fingerprints, loadAll, right } from "./weightsOf.ts"

const script = path.join(import.meta.dirname, "../interop/checkpoints.py")

/** A Python that has torch ($PYTHON first), or undefined: then these tests are skipped, and the stored checkpoints speak for PyTorch. */
const python = [process.env["PYTHON"] ?? "python3", "/usr/bin/python3", "python3"].find(
  (command) => spawnSync(command, ["-c", "import torch"], { timeout: 60_000 }).status === 0,
)

const run = (...args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(python ?? "", [script, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

describe.skipIf(python === undefined)("with PyTorch (skipped where no Python has torch)", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "torch-"))
    run("make", folder)
  })
  afterAll(() => rm(folder, { recursive: true }))

  test("every checkpoint PyTorch writes loads to exactly the tensors it held", async () => {
    const expected = JSON.parse(await readFile(path.join(folder, "expected.json"), "utf8"))
    expect(Object.keys(expected).length).toBeGreaterThan(15)
    for (const [file, tensors] of Object.entries(expected))
      expect({ file, tensors: fingerprints(await loadAll(path.join(folder, file))) }).toEqual({ file, tensors })
  })

  const written = (["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"] as const).flatMap(
    (dtype: StoredDType) =>
      [[], [0, 3], [5], [3, 4, 2]].map((shape, i) => ({
        name: `${dtype}.${i}`,
        dtype,
        shape,
        bytes: () =>
          Uint8Array.from({ length: elementCount(shape) * storedWidth(dtype) }, (_, at) =>
            dtype === "BOOL" ? at % 2 : (at * 37) % 120,
          ),
      })),
  )
  const want = Object.fromEntries(
    written.map(({ name, dtype, shape, bytes }) => [name, fingerprint({ dtype, shape, bytes: bytes() })]),
  )

  test.each([
    ["exported.pth", writeTorch],
    ["exported.safetensors", writeSafetensors],
  ] as const)("PyTorch reads from %s exactly what was written", async (name, write) => {
    const file = path.join(folder, name)
    right(await write(file, written)())
    expect(JSON.parse(run("show", file))).toEqual(want)
  })
})
