import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { Data, Effect, type Scope } from "effect"
import { reportBody, reportPage } from "./page/reportPage.ts"
import { readRun } from "./runData.ts"

/** The page cannot be served. */
export class WatchFailed extends Data.TaggedError("WatchFailed")<{
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

/** Reads the page's body again every few seconds; what is open and the scroll position stay. */
const refresh = `<script>
const opened=()=>[...document.querySelectorAll("details")].map((one)=>one.open);
setInterval(async()=>{try{const answer=await fetch("/body");if(!answer.ok)return;const open=opened();
document.querySelector("main").innerHTML=await answer.text();
document.querySelectorAll("details").forEach((one,i)=>{one.open=open[i]??false})}catch{}},2000)
</script>`

const headers = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  // Nothing of the page comes from elsewhere, and nothing else may show it.
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
}

const loopback = "127.0.0.1"

/** Names by which a browser on this machine asks: any other is a page elsewhere that resolves its own name to this machine. */
const isOwnName = (host: string | undefined, port: number): boolean =>
  [`${loopback}:${port}`, `localhost:${port}`].includes(host ?? "")

const pageFor = (folders: readonly string[], path: string): Effect.Effect<string | undefined> => {
  if (path !== "/" && path !== "/body") return Effect.succeed(undefined)
  return Effect.forEach(folders, readRun).pipe(
    Effect.map((runs) => (path === "/" ? reportPage(runs, refresh) : reportBody(runs))),
    Effect.catch((error) => Effect.succeed(`<p>${error.rule.replace(/[<&]/g, "")}</p>`)),
  )
}

const answer =
  (folders: readonly string[]) =>
  (request: http.IncomingMessage, response: http.ServerResponse): void => {
    const { port } = request.socket.address() as AddressInfo
    if (request.method !== "GET" || !isOwnName(request.headers.host, port)) return void response.writeHead(403).end()
    void Effect.runPromise(pageFor(folders, request.url ?? "/")).then((page) =>
      page === undefined ? response.writeHead(404).end() : response.writeHead(200, headers).end(page),
    )
  }

const listen = (server: http.Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, loopback, () => resolve((server.address() as AddressInfo).port))
  })

const cannotListen = (cause: unknown): WatchFailed =>
  new WatchFailed({ rule: (cause as Error).message, remedy: "choose another --port, or 0 for any that is free" })

/**
 * Serves the report of runs, kept up to date, on this machine alone, for the life of the scope. Gives its address. `port` 0: any
 * that is free. Errors: `WatchFailed`.
 */
export const serveReport = (
  folders: readonly string[],
  port: number,
): Effect.Effect<string, WatchFailed, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => http.createServer(answer(folders))),
    (server) =>
      Effect.promise(async () => {
        server.closeAllConnections()
        await new Promise((done) => server.close(done))
      }),
  ).pipe(
    Effect.flatMap((server) => Effect.tryPromise({ try: () => listen(server, port), catch: cannotListen })),
    Effect.map((found) => `http://${loopback}:${found}/`),
  )
