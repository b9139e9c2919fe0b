import { execFileSync } from "node:child_process"
import { appendFileSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { EventSink } from "../../src/train/observe/events.ts"
import { temporaryFolder } from "../train/folderRun.ts"
import { writeTinyShard } from "../train/tinyRun.ts"
import { errorOf, latestIn, testFullDisk } from "./filledDisk.ts"

// Two places of all that the long test knows: the second file of a checkpoint, and the manifest.
testFullDisk([
  ["update-00000002.partial", 6, 1],
  ["manifest.json", 1, 0],
])

/** A file system of 16 MB, where this process may mount one. */
const mounted = (): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), "diva-full-"))
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], { stdio: "ignore" })
    return folder
  } catch {
    return undefined
  }
}

const small = mounted()

/** Takes all room that is left. */
const fill = (folder: string): void => {
  const file = join(folder, "filler")
  for (const size of [2 ** 16, 1])
    try {
      for (;;) appendFileSync(file, new Uint8Array(size))
    } catch {
      // Full.
    }
}

describe("a file system of 16 MB", () => {
  it.live.skipIf(small === undefined)(
    "that fills up after a run's first checkpoint ends the run, which says so; what it saved before is whole",
    () =>
      Effect.gen(function* () {
        yield* Effect.addFinalizer(() => Effect.sync(() => execFileSync("umount", ["-l", small!])))
        const root = yield* temporaryFolder
        yield* writeTinyShard(join(root, "data.tar"))
        const folder = join(small!, "run")
        const filling: EventSink = ({ _tag }) => Effect.sync(() => void (_tag === "checkpointed" && fill(small!)))
        const error = yield* errorOf(root, folder, [filling])
        assert.propertyVal(error, "_tag", "StorageFull")
        const { state, rejected } = Option.getOrThrow(yield* latestIn(folder))
        assert.strictEqual(state.update, 1)
        assert.deepStrictEqual(rejected, [])
      }),
  )
})
