import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { emptyCache, mergeCaches, type TuningCache, type TuningWarning } from "./cache.ts"
import { decodeTuning, encodeTuning } from "./cacheText.ts"

/** What decides where a user's caches lie. */
export interface Surroundings {
  readonly platform: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

const cacheFolder = ({ platform, env, home }: Surroundings): string => {
  if (platform === "win32") return env["LOCALAPPDATA"] ?? path.join(home, "AppData", "Local")
  if (platform === "darwin") return path.join(home, "Library", "Caches")
  return env["XDG_CACHE_HOME"] || path.join(home, ".cache")
}

/** Where this user's tuning cache lies: `DIVA_TUNING`, or `diva/tuning.json` in the system's folder for caches. */
export const tuningPath = (
  surroundings: Surroundings = { platform: process.platform, env: process.env, home: os.homedir() },
): string => surroundings.env["DIVA_TUNING"] || path.join(cacheFolder(surroundings), "diva", "tuning.json")

export interface ReadTuning {
  readonly cache: TuningCache
  readonly warnings: readonly TuningWarning[]
}

const unread = (file: string, error: unknown): ReadTuning => ({
  cache: emptyCache,
  warnings: [
    {
      _tag: "TuningCacheInvalid",
      where: file,
      rule: `it cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      remedy: "give this user permission to read it, or name another file in DIVA_TUNING",
    },
  ],
})

/** A file's text without the byte-order mark that some editors put in front. */
const textOf = (file: string): string => new TextDecoder().decode(fs.readFileSync(file))

/** Reads a tuning cache. A file that is not there is an empty cache, a damaged one is an empty cache with a warning. */
export const readTuning = (file: string = tuningPath()): ReadTuning => {
  try {
    const decoded = decodeTuning(textOf(file), file)
    return E.isRight(decoded) ? { cache: decoded.right, warnings: [] } : { cache: emptyCache, warnings: [decoded.left] }
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT"
    return isMissing ? { cache: emptyCache, warnings: [] } : unread(file, error)
  }
}

/**
 * Adds decisions to a tuning cache: what the file held stays where nothing newer is known; a damaged file is replaced.
 * Readers see the old file or the new one, never a part. Throws the system's error where the file cannot be written.
 */
export const writeTuning = (cache: TuningCache, file: string = tuningPath()): void => {
  const merged = mergeCaches(readTuning(file).cache, cache)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const beside = `${file}.${process.pid}`
  try {
    fs.writeFileSync(beside, encodeTuning(merged))
    fs.renameSync(beside, file)
  } catch (error) {
    fs.rmSync(beside, { force: true })
    throw error
  }
}
