import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

/** Tests that commands end quietly where the reader of their output has gone. */
export const testClosedPipe = (commands: readonly (readonly string[])[]): void =>
  it.skipIf(process.platform === "win32").each(commands.map((args) => ({ typed: args.join(" "), args })))(
    "ends quietly where the reader of a pipe has gone: diva $typed",
    ({ args }) => {
      // The reader leaves before a byte is written; the shell tells how the writer ended.
      const command = `{ sleep 0.2; "$0" "$@"; echo "code $?" >&2; } | true`
      const { stderr } = spawnSync("sh", ["-c", command, process.execPath, main, ...args], { encoding: "utf8" })
      expect(stderr).toBe("code 0\n")
    },
  )
