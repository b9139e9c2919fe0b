import { Clock, Context, Effect, Layer } from "effect"
import { statusLine, type StatusLine } from "./statusLine.ts"
import { withoutStrayControls } from "../text/strayControls.ts"

/** A screen and its status, which is looked at every second for as long as the screen is there. */
interface Watched {
  readonly screen: Screen["Service"]
  readonly status: StatusLine
}

const withStatus = Effect.fnUntraced(function* (make: (milliseconds: () => number) => Watched) {
  const clock = yield* Clock.Clock
  const { screen, status } = make(() => clock.currentTimeMillisUnsafe())
  yield* Effect.sync(status.tick).pipe(Effect.delay("1 second"), Effect.forever, Effect.forkScoped)
  return screen
})

/** Where a command writes: results, progress, problems. */
export class Screen extends Context.Service<
  Screen,
  {
    /** Writes result lines, to standard output. */
    readonly print: (text: string) => Effect.Effect<void>
    /** Writes lines of progress: to the terminal, or to standard error where standard output is not one. */
    readonly note: (text: string) => Effect.Effect<void>
    /** Writes lines about what went wrong, to standard error. */
    readonly complain: (text: string) => Effect.Effect<void>
    /**
     * Says what is being done: on the transient last line of a terminal; elsewhere as a line of progress, when nothing was written for
     * seconds. An empty text ends it.
     */
    readonly status: (text: string) => Effect.Effect<void>
    /** Whether a person watches standard output. */
    readonly isTerminal: boolean
    /** Whether escape sequences for colour are welcome. */
    readonly isColourful: boolean
  }
>()("diva/cli/Screen") {
  static readonly layerProcess = Layer.effect(
    Screen,
    withStatus((milliseconds) => ofProcess(process, milliseconds)),
  )
  static readonly layerRecorded = (written: Written) =>
    Layer.effect(
      Screen,
      withStatus((milliseconds) => recording(written, milliseconds)),
    )
}

/** What a recorded screen received, in order. */
export interface Written {
  readonly out: string[]
  /** Progress and problems. */
  readonly notes: string[]
}

const clearLine = "\r\u001b[2K"
const defaultColumns = 80

/**
 * A reader that went away (`diva verify | head`) is not an error of the program: what is written after that is dropped, and
 * a run that nobody watches any more continues.
 */
const toleratePipes = (...streams: readonly NodeJS.WriteStream[]): void => {
  for (const stream of streams)
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error
    })
}

const ofProcess = ({ stdout, stderr, env }: NodeJS.Process, milliseconds: () => number): Watched => {
  // Standard error may be a pipe although a person watches: what starts the program may filter it.
  const isTerminal = stdout.isTTY
  const isColourful = isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb"
  const safe = (text: string): string => withoutStrayControls(text, isColourful)
  toleratePipes(stdout, stderr)
  const fitting = (text: string): string => text.slice(0, Math.max(0, (stdout.columns || defaultColumns) - 1))
  const put = (stream: NodeJS.WriteStream, text: string): void => {
    if (stream.writable) stream.write(text)
  }
  const notes = isTerminal ? stdout : stderr
  const status = statusLine({
    line: (text) => put(notes, `${safe(text)}\n`),
    ...(isTerminal ? { transient: (text) => put(stdout, `${clearLine}${fitting(safe(text))}`) } : {}),
    milliseconds,
  })
  const line = (stream: NodeJS.WriteStream) => (text: string) =>
    Effect.sync(() => {
      if (isTerminal) put(stdout, clearLine)
      put(stream, `${safe(text)}\n`)
      status.written()
    })
  const screen: Screen["Service"] = {
    print: line(stdout),
    note: line(notes),
    complain: line(stderr),
    status: (text) => Effect.sync(() => status.show(text)),
    isTerminal,
    isColourful,
  }
  return { screen, status }
}

const recording = ({ out, notes }: Written, milliseconds: () => number): Watched => {
  const status = statusLine({ line: (text) => void notes.push(text), milliseconds })
  const keep = (list: string[]) => (text: string) =>
    Effect.sync(() => {
      list.push(text)
      status.written()
    })
  const screen: Screen["Service"] = {
    print: keep(out),
    note: keep(notes),
    complain: keep(notes),
    status: (text) => Effect.sync(() => status.show(text)),
    isTerminal: false,
    isColourful: false,
  }
  return { screen, status }
}
