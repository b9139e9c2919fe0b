import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import * as E from "fp-ts/lib/Either.js"
import { afterEach, beforeEach, expect, test } from "vitest"
import { writeAtomically, writeFailure } from "../../src/weights/index.ts"

let folder = ""
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "atomic-"))
})
afterEach(() => rm(folder, { recursive: true }))

test("pieces small and large arrive in order", async () => {
  const sizes = [1, 5000, 3_000_000, 0, 7, 1 << 20, 2]
  const file = path.join(folder, "pieces")
  const write = writeAtomically(file, async (append) => {
    for (const [i, size] of sizes.entries()) await append(new Uint8Array(size).fill(i))
    return E.right(undefined)
  })
  expect(await write()).toEqual(E.right(sizes.reduce((a, b) => a + b)))
  expect((await readFile(file)).equals(Buffer.concat(sizes.map((size, i) => Buffer.alloc(size, i))))).toBe(true)
})

test("until the last byte is written, the old content stands", async () => {
  const file = path.join(folder, "file")
  await writeFile(file, "old")
  await writeAtomically(file, async (append) => {
    await append(new Uint8Array(2_000_000))
    expect(await readFile(file, "utf8")).toBe("old")
    return E.right(undefined)
  })()
  expect((await readFile(file)).byteLength).toBe(2_000_000)
  expect(await readdir(folder)).toEqual(["file"])
})

test("a writer that gives up leaves the old content and no temporary", async () => {
  const file = path.join(folder, "file")
  await writeFile(file, "old")
  const write = writeAtomically<"enough">(file, async (append) => {
    await append(new Uint8Array(2_000_000))
    return E.left("enough")
  })
  expect(await write()).toEqual(E.left("enough"))
  expect(await readFile(file, "utf8")).toBe("old")
  expect(await readdir(folder)).toEqual(["file"])
})

test.each(["ENOSPC", "EDQUOT", "EFBIG"])("%s from the system is StorageFull", (code) => {
  expect(writeFailure("f", Object.assign(new Error(code), { code }))).toMatchObject({ _tag: "StorageFull", file: "f" })
})

test.skipIf(process.platform === "win32")(
  "running out of room while writing is StorageFull, the old content stands and the temporary is gone",
  async () => {
    const file = path.join(folder, "file")
    await writeFile(file, "old")
    const atomic = path.join(import.meta.dirname, "../../src/weights/atomicFile.ts")
    const program = `
      const { writeAtomically } = await import(${JSON.stringify(atomic)})
      const write = async (append) => { await append(new Uint8Array(3_000_000)); return { _tag: "Right" } }
      const outcome = await writeAtomically(${JSON.stringify(file)}, write)()
      process.stdout.write(JSON.stringify(outcome))`
    // A limit of one block on the size of written files stands in for a full disk: the system refuses alike.
    const script = `ulimit -f 1 && exec "$0" --input-type=module -e "$1"`
    const { stdout } = await promisify(execFile)("sh", ["-c", script, process.execPath, program])
    expect(JSON.parse(stdout)).toMatchObject({ _tag: "Left", left: { _tag: "StorageFull", file } })
    expect(await readFile(file, "utf8")).toBe("old")
    expect(await readdir(folder)).toEqual(["file"])
  },
)
