import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const versionIn = (text: string): string => {
  const { version } = JSON.parse(text) as { readonly version?: unknown }
  return typeof version === "string" ? version : "unknown"
}

/** The version all packages of the project share. */
export const version: string = versionIn(
  readFileSync(fileURLToPath(new URL("../package.json", import.meta.url)), "utf8"),
)

/** The version of an installed package, or why there is none. */
export const versionOf = (name: string): string => {
  try {
    const paths = createRequire(import.meta.url).resolve.paths(name) ?? []
    for (const folder of paths) {
      const text = readIfThere(`${folder}/${name}/package.json`)
      if (text !== undefined) return versionIn(text)
    }
  } catch {
    return "unreadable"
  }
  return "not installed"
}

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}
