import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { basename, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Participant } from "./participant.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

const commitOf = (folder: string): string | undefined => {
  const { status, stdout } = spawnSync("git", ["-C", folder, "log", "-1", "--format=%h of %cs"], { encoding: "utf8" })
  return status === 0 ? stdout.trim() : undefined
}

/**
 * This library as another checkout has it, set up with its own `npm ci`: the same subjects, measured by that checkout's
 * worker. A change is judged in one run on one machine, whatever else that machine is doing.
 */
export const earlier = (folder: string, worker: URL): Participant => {
  // npm runs scripts in the repository; a path means where the user stands.
  const checkout = resolve(process.env["INIT_CWD"] ?? process.cwd(), folder)
  const script = join(checkout, relative(root, fileURLToPath(worker)))
  if (!existsSync(script))
    throw new Error(`--against ${folder}: there is no ${script}. Name the root of another checkout of this repository.`)
  if (!existsSync(join(checkout, "node_modules")))
    throw new Error(`--against ${folder}: nothing is installed there. Run npm ci in it first.`)
  const name = `diva ${commitOf(checkout) ?? `in ${basename(checkout)}`}`
  return { name, kind: "earlier", command: [process.execPath, script] }
}
