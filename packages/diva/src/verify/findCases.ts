import { decodeText } from "@diva/models"
import { Effect, Predicate, type FileSystem, type Path, type PlatformError } from "effect"
import { whatIsAt } from "../files/presence.ts"
import { causeOf, storage } from "../files/storage.ts"
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
  invalid(folder, `cannot be read: ${(causeOf(cause) as Error).message}`, "name a folder of cases that you may read")

/** Folders below `root` with their files, parents first, in name order. A link that leads to a folder above is not followed. */
const listings = Effect.fnUntraced(function* (
  folder: string,
  above: readonly string[] = [],
): Effect.fn.Return<readonly Listing[], PlatformError.PlatformError> {
  const { files, path } = yield* storage
  const place = yield* files.realPath(folder)
  if (above.includes(place)) return []
  const names = (yield* files.readDirectory(folder)).toSorted()
  const found = yield* Effect.forEach(names, (name) => whatIsAt(path.join(folder, name)))
  const namesOf = (type: FileSystem.File.Type) => names.filter((_, i) => found[i]?.type === type)
  const folders = above.length < maximumDepth ? namesOf("Directory") : []
  const below = yield* Effect.forEach(folders, (name) => listingsBelow(path.join(folder, name), [...above, place]))
  return [{ folder, files: namesOf("File") }, ...below.flat()]
})

const listingsBelow = (folder: string, above: readonly string[]): Effect.Effect<readonly Listing[]> =>
  Effect.catch(listings(folder, above), (cause) =>
    Effect.succeed([{ folder, files: [], problem: unreadable(folder, cause) }]),
  )

const parse = (file: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    return invalid(file, `not JSON: ${(cause as Error).message}`, "restore the file from its source")
  }
}

const readDocument = Effect.fnUntraced(function* (file: string) {
  const { files } = yield* storage
  const { size } = yield* files.stat(file)
  return size > maximumDocumentBytes
    ? invalid(file, `${size} bytes is too much for a case description`, "keep tensors in safetensors files")
    : parse(file, decodeText(yield* files.readFile(file)))
})

const isDocument = (value: unknown): value is Document => Predicate.isObject(value) && !Array.isArray(value)

/** Whether a JSON file other than `manifest.json` describes a case of its own. */
const describesCase = (value: unknown): value is Document =>
  isDocument(value) && (Predicate.isString(value["case"]) || Array.isArray(value["schedules"]))

const nameOf = (path: Path.Path, root: string, folder: string, file: string): string => {
  const place = path.relative(root, folder) || path.basename(root)
  return (file === "manifest.json" ? place : `${place}/${file}`).replaceAll("\\", "/")
}

const asDocument = (file: string, value: unknown): Document | CaseInvalid =>
  value instanceof CaseInvalid || isDocument(value)
    ? value
    : invalid(file, "holds JSON that is not an object", "restore the file from its source")

const casesIn = Effect.fnUntraced(function* (
  root: string,
  { folder, files, problem }: Listing,
): Effect.fn.Return<readonly FoundCase[], PlatformError.PlatformError> {
  const { path } = yield* storage
  const caseOf = (name: string, file: string, document: FoundCase["document"]): FoundCase => ({
    name: nameOf(path, root, folder, name),
    folder,
    file,
    document,
  })
  const manifest = path.join(folder, "manifest.json")
  if (problem !== undefined) return [caseOf("manifest.json", folder, problem)]
  const found: FoundCase[] = []
  for (const name of files.filter((each) => each.endsWith(".json"))) {
    const file = path.join(folder, name)
    const value = yield* readDocument(file)
    if (name === "manifest.json" || value instanceof CaseInvalid || describesCase(value))
      found.push(caseOf(name, file, asDocument(file, value)))
  }
  const lacksDocument = found.length === 0 && files.some((file) => /^expected.*\.safetensors$/.test(file))
  const missing = invalid(manifest, "is missing", "restore the file from its source")
  return lacksDocument ? [caseOf("manifest.json", manifest, missing)] : found
})

/** Everything below `root` that describes a case, in name order. Errors: `CaseInvalid` if the folder cannot be read. */
export const findCases = Effect.fn("findCases")((root: string) =>
  listings(root).pipe(
    Effect.flatMap(Effect.forEach((listing) => casesIn(root, listing))),
    Effect.map((cases) => cases.flat()),
    Effect.mapError((cause) => unreadable(root, cause)),
  ),
)
