import * as fs from "node:fs/promises"
import * as path from "node:path"

/**
 * Files at and below a folder whose names `wanted` takes, as paths relative to it, in order of their paths. Links are followed,
 * but no folder twice on one way down; hidden files and folders, which other systems leave behind, are passed over. One
 * folder's names are in memory at a time besides those found.
 */
export async function* walkFolder(
  folder: string,
  wanted: (name: string) => boolean,
  below = "",
  above: readonly string[] = [],
): AsyncGenerator<string> {
  const here = path.join(folder, below)
  const real = await fs.realpath(here)
  if (above.includes(real)) return
  const entries = (await fs.readdir(here, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue
    const file = path.join(below, entry.name)
    const kind = entry.isSymbolicLink() ? await fs.stat(path.join(folder, file)).catch(() => undefined) : entry
    if (kind === undefined) continue
    if (kind.isDirectory()) yield* walkFolder(folder, wanted, file, [...above, real])
    else if (kind.isFile() && wanted(entry.name)) yield file
  }
}
