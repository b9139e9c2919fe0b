import type * as http from "node:http"
import * as path from "node:path"
import { Effect, Schema } from "effect"
import { openAnswer } from "../http/openAnswer.ts"
import { FetchFailed } from "./fetchError.ts"
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
  readonly headers: http.OutgoingHttpHeaders
}

export interface FetchOptions {
  /** Below which folder everything goes; the current one. */
  readonly root: string
  /** Another server than huggingface.co, such as a mirror: HF_ENDPOINT of their own tools. */
  readonly hub?: string
  /** Access token, for repositories whose terms must be accepted first: HF_TOKEN of their own tools. */
  readonly token?: string
  /** Whether servers on this machine or its network may be asked. */
  readonly allowPrivate?: boolean
}

const defaultHub = "https://huggingface.co"

const Entry = Schema.Struct({
  type: Schema.String,
  path: Schema.String,
  size: Schema.Number,
  oid: Schema.String,
  lfs: Schema.optional(Schema.Struct({ oid: Schema.String, size: Schema.Number })),
})

type Entry = typeof Entry.Type

const authorization = ({ token }: FetchOptions): http.OutgoingHttpHeaders =>
  token === undefined ? {} : { authorization: `Bearer ${token}` }

const textAt = async (url: string, options: FetchOptions, signal: AbortSignal): Promise<readonly [string, string]> => {
  const request = { headers: authorization(options), allowPrivate: options.allowPrivate ?? false, signal }
  const answer = await openAnswer(url, request)
  try {
    if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`)
    const pieces: Buffer[] = []
    for await (const piece of answer) pieces.push(piece as Buffer)
    return [Buffer.concat(pieces).toString("utf8"), String(answer.headers.link ?? "")]
  } finally {
    answer.destroy()
  }
}

const listingFailed = (url: string, rule: string): FetchFailed =>
  new FetchFailed({
    url,
    rule: `the list of files could not be read: ${rule}`,
    remedy:
      "check the network and the repository's page; for one with terms to accept, do so there and set HF_TOKEN; or put the files in their " +
      "places by hand (docs/weights.md)",
  })

const nextPage = (link: string): string | undefined => /<([^>]+)>;\s*rel="next"/.exec(link)?.[1]

/** All files of a repository, page by page. */
const listFiles = Effect.fnUntraced(function* ({ type, repository }: PublishedRepository, options: FetchOptions) {
  const files: Entry[] = []
  let url: string | undefined = `${options.hub ?? defaultHub}/api/${type}/${repository}/tree/main?recursive=true`
  while (url !== undefined) {
    const at: string = url
    const [text, link] = yield* Effect.tryPromise({
      try: (signal) => textAt(at, options, AbortSignal.any([signal, AbortSignal.timeout(30_000)])),
      catch: (cause) => listingFailed(at, (cause as Error).message),
    })
    const page = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Array(Entry)))(text).pipe(
      Effect.mapError(() => listingFailed(at, "it is not in the form of the hub's interface")),
    )
    files.push(...page.filter((entry) => entry.type === "file"))
    url = nextPage(link)
  }
  return files
})

/** Names come from a server: one that leads out of its folder is not followed. */
const isInside = (name: string): boolean => !path.isAbsolute(name) && !name.split(/[/\\]/).includes("..")

const addressOf = (
  { type, repository }: PublishedRepository,
  { hub = defaultHub }: FetchOptions,
  name: string,
): string =>
  `${hub}/${type === "datasets" ? "datasets/" : ""}${repository}/resolve/main/${name.split("/").map(encodeURIComponent).join("/")}`

const repositoryItems = Effect.fnUntraced(function* (published: PublishedRepository, options: FetchOptions) {
  const files = yield* listFiles(published, options)
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
