import { execFile } from "node:child_process"
import { Effect } from "effect"
import { installedVersion } from "./installedVersion.ts"

/** Which code made a run. */
export interface Provenance {
  readonly versions: Readonly<Record<string, string>>
  /** The commit of this program's repository and whether files differ from it; null outside one. */
  readonly git: { readonly commit: string; readonly modified: boolean } | null
  readonly platform: string
}

const packages = ["@diva/tensor", "@diva/autograd", "@diva/models", "@diva/diva", "effect", "fp-ts", "sharp", "webgpu"]

const git = (...args: readonly string[]): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    execFile("git", [...args], { cwd: import.meta.dirname }, (error, stdout) =>
      resume(Effect.succeed(error === null ? stdout.trim() : undefined)),
    )
  })

const gitState = Effect.gen(function* () {
  const commit = yield* git("rev-parse", "HEAD")
  if (commit === undefined) return null
  return { commit, modified: (yield* git("status", "--porcelain")) !== "" }
})

/** Versions of this program and of what it stands on. Never fails: what cannot be found out is said to be unknown. */
export const provenance: Effect.Effect<Provenance> = Effect.gen(function* () {
  return {
    versions: {
      node: process.versions.node,
      ...Object.fromEntries(packages.map((name) => [name, installedVersion(name)])),
    },
    git: yield* gitState,
    platform: `${process.platform} ${process.arch}`,
  }
})
