import * as http from "node:http"
import type { AddressInfo } from "node:net"

/** What a server does with one request. `nth` counts the requests of that path from 0. */
export type Behaviour = (request: http.IncomingMessage, response: http.ServerResponse, nth: number) => void

/** A server on this machine with a behaviour per path, and what it was asked. */
export interface PictureServer {
  readonly at: (path: string) => string
  readonly asked: () => readonly string[]
  /** The most requests that were open at once. */
  readonly mostAtOnce: () => number
  readonly close: () => Promise<void>
}

export const startServer = async (behaviours: Readonly<Record<string, Behaviour>>): Promise<PictureServer> => {
  const asked: string[] = []
  let open = 0
  let most = 0
  const server = http.createServer((request, response) => {
    const path = request.url ?? ""
    const nth = asked.filter((one) => one === path).length
    asked.push(path)
    most = Math.max(most, ++open)
    response.on("close", () => open--)
    const behaviour = behaviours[path]
    if (behaviour === undefined) response.writeHead(404).end()
    else behaviour(request, response, nth)
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const { port } = server.address() as AddressInfo
  return {
    at: (path) => `http://127.0.0.1:${port}${path}`,
    asked: () => asked,
    mostAtOnce: () => most,
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

export const serves =
  (bytes: Uint8Array, headers: http.OutgoingHttpHeaders = {}): Behaviour =>
  (_request, response) =>
    void response.writeHead(200, { "content-length": bytes.byteLength, ...headers }).end(bytes)

/** Says how much there is, and stops in the middle. */
export const truncates =
  (bytes: Uint8Array): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { "content-length": bytes.byteLength })
    response.write(bytes.subarray(0, bytes.byteLength >> 1), () => response.destroy())
  }

/** Takes the request and never answers. */
export const stalls: Behaviour = () => {}

/** Sends the beginning and then nothing more, the connection left open. */
export const stopsInTheMiddle =
  (bytes: Uint8Array): Behaviour =>
  (_request, response) =>
    void response.writeHead(200, { "content-length": bytes.byteLength }).write(bytes.subarray(0, 10))

export const redirects =
  (to: string): Behaviour =>
  (_request, response) =>
    void response.writeHead(302, { location: to }).end()

/** Answers with each status once, then as `then` does. */
export const failsFirst =
  (statuses: readonly number[], then: Behaviour, headers: http.OutgoingHttpHeaders = {}): Behaviour =>
  (request, response, nth) =>
    nth < statuses.length ? void response.writeHead(statuses[nth]!, headers).end() : then(request, response, nth)

export const answers =
  (status: number): Behaviour =>
  (_request, response) =>
    void response.writeHead(status).end()
