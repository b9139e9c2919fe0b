import * as path from "node:path"
import { Effect } from "effect"
import type { FetchFailed } from "./fetchError.ts"
import type { FetchOptions } from "./fetchOptions.ts"
import { defaultHub, hubFiles } from "./hubFiles.ts"
import type { Published, PublishedRepository } from "./published.ts"

/** How a file's content is checked: its SHA-256, or git's SHA-1 of it, which repositories give for small files. */
export interface Checksum {
  readonly algorithm: "sha256" | "git-sha1"
  readonly hex: string
}

/** One file to fetch. */
export interface FetchItem {
  readonly url: string
  /** Where it goes. */
  readonly file: string
  /** Undefined where nobody says before it is asked for. */
  readonly bytes: number | undefined
  readonly checksum: Checksum
  readonly licence: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

const authorization = ({ token }: FetchOptions): FetchItem["headers"] =>
  token === undefined ? {} : { authorization: `Bearer ${token}` }

/** Names come from a server: one that leads out of its folder is not followed. */
const isInside = (name: string): boolean => !path.isAbsolute(name) && !name.split(/[/\\]/).includes("..")

const addressOf = (
  { type, repository }: PublishedRepository,
  { hub = defaultHub }: FetchOptions,
  name: string,
): string =>
  `${hub}/${type === "datasets" ? "datasets/" : ""}${repository}/resolve/main/${name.split("/").map(encodeURIComponent).join("/")}`

const repositoryItems = Effect.fnUntraced(function* (published: PublishedRepository, options: FetchOptions) {
  const files = yield* hubFiles(published, options)
  return files
    .filter(({ path: name }) => published.wanted.test(name) && isInside(name))
    .map(({ path: name, size, oid, lfs }): FetchItem => ({
      url: addressOf(published, options, name),
      file: path.join(options.root, published.folder, name),
      bytes: lfs?.size ?? size,
      checksum: lfs === undefined ? { algorithm: "git-sha1", hex: oid } : { algorithm: "sha256", hex: lfs.oid },
      licence: published.licence,
      headers: authorization(options),
    }))
})

/** What is fetched for something published: one file, or those of a repository that are wanted. Errors: `FetchFailed`. */
export const itemsOf = (
  published: Published,
  options: FetchOptions,
): Effect.Effect<readonly FetchItem[], FetchFailed> =>
  published.kind === "repository"
    ? repositoryItems(published, options)
    : Effect.succeed([
        {
          url: published.url,
          file: path.join(options.root, published.file),
          bytes: undefined,
          checksum: { algorithm: "sha256", hex: published.sha256 },
          licence: published.licence,
          headers: {},
        },
      ])
