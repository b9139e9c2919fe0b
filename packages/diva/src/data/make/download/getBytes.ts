import type * as http from "node:http"
import { isPassing, retryAfterOf } from "../../../http/retry.ts"
import { openAnswer, RequestRefused } from "../../../http/openAnswer.ts"

export interface GetOptions {
  /** Milliseconds for the whole answer, redirects included. */
  readonly timeout: number
  /** Bytes at most. */
  readonly largest: number
  /** Whether addresses of this machine and its network may be asked. */
  readonly allowPrivate: boolean
}

/** An answer that is not a picture. `retryAfter`: milliseconds; undefined where asking again is of no use. */
export class GetFailed extends Error {
  readonly retryAfter: number | undefined
  constructor(reason: string, retryAfter?: number) {
    super(reason)
    this.retryAfter = retryAfter
  }
}

const headers = {
  "user-agent": "diva-data/0.1 (downloads the pictures of a list; honours X-Robots-Tag)",
  accept: "image/*,*/*;q=0.5",
}

/** Codes of failures that will be the same next time. */
const lasting: ReadonlySet<string> = new Set(["EPRIVATE", "ENOTFOUND", "ERR_INVALID_URL", "CERT_HAS_EXPIRED"])

/** Owners say so when pictures are not to be learned from. Source: img2dataset's `disallowed_header_directives`. */
const forbids = ({ headers }: http.IncomingMessage): boolean =>
  [headers["x-robots-tag"] ?? []].flat().some((tag) =>
    tag
      .toLowerCase()
      .split(/[,:]/)
      .some((word) => ["noai", "noimageai", "noindex", "noimageindex"].includes(word.trim())),
  )

const tooLarge = (largest: number): GetFailed => new GetFailed(`it has more than ${largest} bytes`)

const bodyOf = async (answer: http.IncomingMessage, largest: number): Promise<Uint8Array> => {
  const stated = Number(answer.headers["content-length"] ?? 0)
  if (stated > largest) throw tooLarge(largest)
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of answer) {
    length += (piece as Buffer).byteLength
    if (length > largest) throw tooLarge(largest)
    pieces.push(piece as Buffer)
  }
  if (!answer.complete || length === 0) throw new GetFailed(length === 0 ? "it is empty" : "it was cut off", 0)
  return Buffer.concat(pieces)
}

const answered = async (url: string, options: GetOptions, signal: AbortSignal): Promise<Uint8Array> => {
  const answer = await openAnswer(url, { headers, allowPrivate: options.allowPrivate, signal })
  try {
    const { statusCode: status = 0 } = answer
    if (status !== 200)
      throw new GetFailed(
        `HTTP ${status}`,
        isPassing(status) ? retryAfterOf(answer.headers["retry-after"], Date.now()) : undefined,
      )
    if (forbids(answer)) throw new GetFailed("its owner does not want it used for training (X-Robots-Tag)")
    return await bodyOf(answer, options.largest)
  } finally {
    answer.destroy()
  }
}

const failureOf = (cause: unknown, timeout: number, deadline: AbortSignal): GetFailed => {
  if (cause instanceof GetFailed) return cause
  if (cause instanceof RequestRefused) return new GetFailed(cause.message)
  const { code = "", message } = cause as NodeJS.ErrnoException
  if (deadline.aborted) return new GetFailed(`no complete answer within ${timeout / 1000} s`, 0)
  if (code === "ECONNRESET" || message === "aborted") return new GetFailed("the connection was cut off", 0)
  return lasting.has(code) ? new GetFailed(message) : new GetFailed(message, 0)
}

/**
 * One try to get the bytes behind an address: redirects followed and each checked, at most `largest` bytes, all within `timeout`.
 * Rejects with `GetFailed`.
 */
export const getBytes = async (url: string, options: GetOptions, signal: AbortSignal): Promise<Uint8Array> => {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), options.timeout)
  try {
    return await answered(url, options, AbortSignal.any([signal, deadline.signal]))
  } catch (cause) {
    throw failureOf(cause, options.timeout, deadline.signal)
  } finally {
    clearTimeout(timer)
  }
}
