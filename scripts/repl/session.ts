import { once } from "node:events"
import { mkdirSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { start, type REPLServer } from "node:repl"
import { promisify } from "node:util"
import * as autograd from "@diva/autograd"
import * as tensor from "@diva/tensor"
import * as plot from "@diva/tensor/plot"
import type { InspectOptions } from "node:util"
import { echoOf, written } from "./echo.ts"
import { lineByLine } from "./lineByLine.ts"

/** All that can be called by its name alone. What JavaScript has under the same name stays; `t.isNaN` is the op. */
const names = (device: tensor.Device): Readonly<Record<string, unknown>> => ({
  ...Object.fromEntries(
    [...Object.entries(autograd), ...Object.entries(tensor)].filter(([name]) => !(name in globalThis)),
  ),
  t: tensor,
  plot,
  device,
})

const historyFile = (): string =>
  process.env["NODE_REPL_HISTORY"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "diva", "repl-history")

const welcome = ({ info }: tensor.Device): string =>
  [
    `${Object.values(tensor).filter((value) => typeof value === "function").length} names on ${info.description || info.device}`,
    "A tensor prints its numbers; plot.line(sin(linspace(0, 6, 100))) draws; Tab completes, .help tells more",
    "",
  ].join("\n")

type Evaluate = REPLServer["eval"]

/** Evaluates as Node does; what comes out is awaited and computed before it is printed. */
const computing = (device: tensor.Device, evaluate: Evaluate, echoes: WeakMap<object, unknown>): Evaluate => {
  const awaited = async (value: unknown): Promise<unknown> => {
    const found = await value
    if (typeof found === "object" && found !== null) echoes.set(found, await echoOf(device, found))
    return found
  }
  return function (this: REPLServer, code, context, file, answer) {
    evaluate.call(this, code, context, file, (error, value) => {
      // At once: an unfinished line is told by an error, and the next one belongs to it.
      if (error !== null) return answer(error, undefined)
      void awaited(value).then(
        (found) => answer(null, found),
        (failure: Error) => answer(failure, undefined),
      )
    })
  }
}

/** Resolves when a console asks for the next line: it does so after whatever becomes of the last one. */
const promptsOf = (server: REPLServer): (() => Promise<void>) => {
  let asked = (): void => {}
  const display = server.displayPrompt.bind(server)
  server.displayPrompt = (preserveCursor) => {
    display(preserveCursor)
    asked()
  }
  return () => new Promise((resolve) => (asked = resolve))
}

/** Reads programs from a person or a pipe until they end, computes them on `device`, prints what they give. */
export const converse = async (
  device: tensor.Device,
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
  output: NodeJS.WritableStream,
): Promise<void> => {
  const terminal = input.isTTY === true
  const piped = terminal ? undefined : lineByLine(input)
  const echoes = new WeakMap<object, unknown>()
  const useColors = terminal && process.env["NO_COLOR"] === undefined
  const options: InspectOptions = { colors: useColors, depth: 4 }
  const shown = (value: unknown): unknown =>
    typeof value === "object" && value !== null ? (echoes.get(value) ?? value) : value
  output.write(welcome(device))
  const server = start({
    input: piped?.input ?? input,
    output,
    terminal,
    prompt: terminal ? "> " : "",
    useColors,
    ignoreUndefined: true,
    // In a realm of its own, records would not be this realm's, which trees of tensors are made of.
    useGlobal: true,
    writer: (value: unknown) => written(shown(value), options),
  })
  Object.assign(server.context, names(device))
  Object.assign(server, { eval: computing(device, server.eval, echoes) })
  if (terminal) {
    mkdirSync(dirname(historyFile()), { recursive: true })
    await promisify(server.setupHistory.bind(server) as (path: string, done: (error: Error | null) => void) => void)(
      historyFile(),
    )
  }
  const ended = once(server, "exit")
  await piped?.feed(promptsOf(server))
  await ended
}
