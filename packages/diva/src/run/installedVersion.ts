import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

const resolver = createRequire(import.meta.url)

/** Walks up as Node does for an import: not every package exports its package.json. */
const manifestOf = (name: string): string | undefined => {
  for (const folder of resolver.resolve.paths(name) ?? [])
    try {
      return readFileSync(`${folder}/${name}/package.json`, "utf8")
    } catch {
      continue
    }
  return undefined
}

const versionIn = (manifest: string): string => {
  try {
    const { version } = JSON.parse(manifest) as { readonly version?: unknown }
    return typeof version === "string" ? version : "unknown"
  } catch {
    return "unreadable"
  }
}

/** The version of the package that this program loads under a name: "not installed" where there is none. */
export const installedVersion = (name: string): string => {
  const manifest = manifestOf(name)
  return manifest === undefined ? "not installed" : versionIn(manifest)
}
