import { setTimeout as wait } from "node:timers/promises"
import { Effect, Schema } from "effect"
import { openAnswer } from "../http/openAnswer.ts"
import { isPassing, retryAfterOf } from "../http/retry.ts"
import { FetchFailed } from "./fetchError.ts"
import type { FetchOptions } from "./fetchOptions.ts"
import type { PublishedRepository } from "./published.ts"

export const defaultHub = "https://huggingface.co"

const HubFile = Schema.Struct({
  type: Schema.String,
  path: Schema.String,
  size: Schema.Number,
  oid: Schema.String,
  lfs: Schema.optional(Schema.Struct({ oid: Schema.String, size: Schema.Number })),
})

/** What a repository says of a file: git's SHA-1 of small ones, SHA-256 of large ones (`lfs`). */
export type HubFile = typeof HubFile.Type

const tries = 4
const longestAnswer = 30_000

type Asked = Parameters<typeof fetch>

const headersOf = (init: Asked[1]): Record<string, string> => Object.fromEntries(new Headers(init?.headers))

const askOnce = async (url: string, headers: Record<string, string>, options: FetchOptions, outer: AbortSignal) => {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(longestAnswer)])
  const answer = await openAnswer(url, { headers, allowPrivate: options.allowPrivate ?? false, signal })
  try {
    const pieces: Buffer[] = []
    for await (const piece of answer) pieces.push(piece as Buffer)
    const { statusCode: status = 0, headers: got } = answer
    const kept = Object.entries({ link: got.link, "content-type": got["content-type"] })
    const said = kept.flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    )
    const retryAfter = isPassing(status) ? retryAfterOf(got["retry-after"], Date.now()) : undefined
    return { response: new Response(Buffer.concat(pieces), { status, headers: said }), retryAfter }
  } finally {
    answer.destroy()
  }
}

/** The hub's client asks through the connections of this program: their checks of addresses and redirects, and their patience. */
const asking =
  (options: FetchOptions, signal: AbortSignal) =>
  async (input: Asked[0], init: Asked[1]): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input)
    for (let left = tries, backoff = options.backoff ?? 1000; ; backoff *= 2) {
      const { response, retryAfter } = await askOnce(url, headersOf(init), options, signal)
      if (retryAfter === undefined || --left === 0) return response
      await wait(Math.max(retryAfter, backoff), undefined, { signal })
    }
  }

const collected = async (
  { type, repository }: PublishedRepository,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<readonly unknown[]> => {
  // Only downloads need it, and it takes a while to load.
  const { listFiles } = await import("@huggingface/hub")
  const found: unknown[] = []
  const listed = listFiles({
    repo: { type: type === "models" ? "model" : "dataset", name: repository },
    recursive: true,
    hubUrl: options.hub ?? defaultHub,
    fetch: asking(options, signal),
    ...(options.token === undefined ? {} : { accessToken: options.token }),
  })
  for await (const entry of listed) found.push(entry)
  return found
}

const listingFailed = (url: string, rule: string): FetchFailed =>
  new FetchFailed({
    url,
    rule: `the list of files could not be read: ${rule}`,
    remedy:
      "check the network and the repository's page; for one with terms to accept, do so there and set HF_TOKEN; or put the files in their " +
      "places by hand (docs/weights.md)",
  })

const ruleOf = (cause: unknown): string => {
  const { statusCode, message } = cause as { readonly statusCode?: number; readonly message: string }
  if (statusCode !== undefined) return `HTTP ${statusCode}`
  return cause instanceof SyntaxError || message.includes("iterable") ? notInForm : message
}

const notInForm = "it does not have the form of the hub's interface"

/**
 * All files of a repository, by Hugging Face's own client. Contents are not fetched by it: its streams neither notice a connection
 * that stalls nor tell why one broke, do not continue where an earlier process stopped, and check nothing (see `fetchFile`).
 * Errors: `FetchFailed`.
 */
export const hubFiles = Effect.fnUntraced(function* (published: PublishedRepository, options: FetchOptions) {
  const url = `${options.hub ?? defaultHub}/${published.type === "datasets" ? "datasets/" : ""}${published.repository}`
  const entries = yield* Effect.tryPromise({
    try: (signal) => collected(published, options, signal),
    catch: (cause) => listingFailed(url, ruleOf(cause)),
  })
  const files = yield* Schema.decodeUnknownEffect(Schema.Array(HubFile))(entries).pipe(
    Effect.mapError(() => listingFailed(url, notInForm)),
  )
  return files.filter((entry) => entry.type === "file")
})
