import type { Dirent } from "node:fs"
import { readdir, readFile, realpath, stat } from "node:fs/promises"
import { basename, dirname, join, relative } from "node:path"
import { decodeText } from "@diva/models"
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

/** What a listed name is, links followed; undefined for one that leads nowhere. */
const sortOf = async (folder: string, entry: Dirent): Promise<"file" | "folder" | undefined> => {
  const is = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => undefined) : entry
  if (is?.isFile() === true) return "file"
  return is?.isDirectory() === true ? "folder" : undefined
}

const entriesOf = async (folder: string): Promise<readonly Dirent[]> =>
  (await readdir(folder, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** Folders below `root` with their files, parents first, in name order. A link that leads to a folder above is not followed. */
const listings = async (folder: string, above: readonly string[] = []): Promise<readonly Listing[]> => {
  const place = await realpath(folder)
  if (above.includes(place)) return []
  const entries = await entriesOf(folder)
  const sorts = await Promise.all(entries.map((entry) => sortOf(folder, entry)))
  const namesOf = (wanted: string) => entries.filter((_, i) => sorts[i] === wanted).map(({ name }) => name)
  const folders = above.length < maximumDepth ? namesOf("folder") : []
  const below = await Promise.all(folders.map((name) => listingsBelow(join(folder, name), [...above, place])))
  return [{ folder, files: namesOf("file") }, ...below.flat()]
}

const listingsBelow = (folder: string, above: readonly string[]): Promise<readonly Listing[]> =>
  listings(folder, above).catch((cause: unknown) => [{ folder, files: [], problem: unreadable(folder, cause) }])

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
    : parse(file, decodeText(await readFile(file)))
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
