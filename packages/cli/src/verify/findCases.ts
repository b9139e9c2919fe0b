import type { Dirent } from "node:fs"
import { readdir, readFile, stat } from "node:fs/promises"
import { basename, dirname, join, relative } from "node:path"
import { Effect, Predicate } from "effect"
import { CaseInvalid } from "./caseError.ts"

/** A JSON object that describes a case. */
export type Document = Readonly<Record<string, unknown>>

/** A place that claims to be a case: its document, or why it has none. */
export interface FoundCase {
  readonly name: string
  readonly folder: string
  /** The describing file. */
  readonly file: string
  readonly document: Document | CaseInvalid
}

const maximumDepth = 8
const maximumDocumentBytes = 64 * 2 ** 20

interface Listing {
  readonly folder: string
  readonly files: readonly string[]
  /** Why the folder could not be listed. */
  readonly problem?: CaseInvalid
}

const invalid = (file: string, rule: string, remedy: string) => new CaseInvalid({ file, rule, remedy })

const unreadable = (folder: string, cause: unknown): CaseInvalid =>
  invalid(folder, `cannot be read: ${(cause as Error).message}`, "name a folder of cases that you may read")

/** A link to a file is that file; links to folders are not followed, they may lead in circles. */
const isFile = async (folder: string, entry: Dirent): Promise<boolean> =>
  entry.isFile() ||
  (entry.isSymbolicLink() && (await stat(join(folder, entry.name)).catch(() => undefined))?.isFile() === true)

const entriesOf = async (folder: string): Promise<readonly Dirent[]> =>
  (await readdir(folder, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))

const filesOf = async (folder: string, entries: readonly Dirent[]): Promise<readonly string[]> => {
  const found = await Promise.all(entries.map((entry) => isFile(folder, entry)))
  return entries.filter((_, i) => found[i]).map(({ name }) => name)
}

/** Folders below `root` with their files, parents first, in name order. */
const listings = async (folder: string, depth = 0): Promise<readonly Listing[]> => {
  const entries = await entriesOf(folder)
  const files = await filesOf(folder, entries)
  const folders = depth < maximumDepth ? entries.filter((entry) => entry.isDirectory()) : []
  const below = await Promise.all(folders.map(({ name }) => listingsBelow(join(folder, name), depth + 1)))
  return [{ folder, files }, ...below.flat()]
}

const listingsBelow = (folder: string, depth: number): Promise<readonly Listing[]> =>
  listings(folder, depth).catch((cause: unknown) => [{ folder, files: [], problem: unreadable(folder, cause) }])

const parse = (file: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    return invalid(file, `not JSON: ${(cause as Error).message}`, "restore the file from its source")
  }
}

const readDocument = async (file: string): Promise<unknown> => {
  const { size } = await stat(file)
  return size > maximumDocumentBytes
    ? invalid(file, `${size} bytes is too much for a case description`, "keep tensors in safetensors files")
    : parse(file, await readFile(file, "utf8"))
}

const isDocument = (value: unknown): value is Document => Predicate.isObject(value) && !Array.isArray(value)

/** Whether a JSON file other than `manifest.json` describes a case of its own. */
const describesCase = (value: unknown): value is Document =>
  isDocument(value) && (Predicate.isString(value["case"]) || Array.isArray(value["schedules"]))

const nameOf = (root: string, folder: string, file: string): string => {
  const place = relative(root, folder) || basename(root)
  return (file === "manifest.json" ? place : `${place}/${file}`).replaceAll("\\", "/")
}

const asDocument = (file: string, value: unknown): Document | CaseInvalid =>
  value instanceof CaseInvalid || isDocument(value)
    ? value
    : invalid(file, "holds JSON that is not an object", "restore the file from its source")

const withoutDocument = (root: string, { folder, files }: Listing): readonly FoundCase[] =>
  files.some((file) => /^expected.*\.safetensors$/.test(file))
    ? [
        {
          name: nameOf(root, folder, "manifest.json"),
          folder,
          file: join(folder, "manifest.json"),
          document: invalid(join(folder, "manifest.json"), "is missing", "restore the file from its source"),
        },
      ]
    : []

const casesIn = async (root: string, listing: Listing): Promise<readonly FoundCase[]> => {
  const { folder, files, problem } = listing
  if (problem !== undefined)
    return [{ name: nameOf(root, folder, "manifest.json"), folder, file: folder, document: problem }]
  const found: FoundCase[] = []
  for (const file of files.filter((name) => name.endsWith(".json"))) {
    const value = await readDocument(join(folder, file))
    if (file === "manifest.json" || value instanceof CaseInvalid || describesCase(value)) {
      const path = join(folder, file)
      found.push({ name: nameOf(root, folder, file), folder, file: path, document: asDocument(path, value) })
    }
  }
  return found.length > 0 ? found : withoutDocument(root, listing)
}

/** Everything below `root` that describes a case, in name order. Errors: `CaseInvalid` if the folder cannot be read. */
export const findCases = Effect.fn("findCases")((root: string) =>
  Effect.tryPromise({
    try: async () => (await Promise.all((await listings(root)).map((listing) => casesIn(root, listing)))).flat(),
    catch: (cause) => unreadable(root, cause),
  }),
)

/** The folder that holds a case's folder: cases of one family share files there. */
export const familyFolder = ({ folder }: FoundCase): string => dirname(folder)
