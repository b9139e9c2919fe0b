import * as http from "node:http"
import * as https from "node:https"
import { publicLookup, requirePublicHost } from "./publicAddress.ts"

/** An address that is not asked, or not again: no HTTP, or redirects without end. */
export class RequestRefused extends Error {}

export interface AnswerRequest {
  readonly headers: http.OutgoingHttpHeaders
  /** Whether addresses of this machine and its network may be asked. */
  readonly allowPrivate: boolean
  readonly signal: AbortSignal
}

const mostRedirects = 5

const ask = (url: URL, { headers, allowPrivate, signal }: AnswerRequest): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { get } = url.protocol === "https:" ? https : http
    const request = get(
      url,
      {
        signal,
        headers: { "accept-encoding": "identity", ...headers },
        ...(allowPrivate ? {} : { lookup: publicLookup }),
      },
      resolve,
    )
    request.on("error", reject)
  })

const parsed = (text: string, base?: URL): URL => {
  const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new RequestRefused("it is not an http or https address")
  return url
}

/** Who is redirected to another server does not tell it what was meant for the first. */
const withoutSecrets = ({ headers, ...request }: AnswerRequest): AnswerRequest => ({
  ...request,
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization")),
})

/** Asks an address and follows redirects, each checked like the first. The caller reads or destroys the answer. */
export const openAnswer = async (text: string, request: AnswerRequest): Promise<http.IncomingMessage> => {
  let url = parsed(text)
  let current = request
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    if (!request.allowPrivate) requirePublicHost(url.hostname)
    const answer = await ask(url, current)
    const { statusCode: status = 0, headers } = answer
    if (status < 300 || status >= 400 || headers.location === undefined) return answer
    answer.destroy()
    const next = parsed(headers.location, url)
    if (next.origin !== url.origin) current = withoutSecrets(current)
    url = next
  }
  throw new RequestRefused(`it redirects more than ${mostRedirects} times`)
}
