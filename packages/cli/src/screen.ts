import { Context, Effect, Layer } from "effect"
import { withoutStrayControls } from "./text/strayControls.ts"

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
    /** Replaces the transient last line of a terminal; an empty text clears it. Does nothing elsewhere. */
    readonly status: (text: string) => Effect.Effect<void>
    /** Whether a person watches standard output. */
    readonly isTerminal: boolean
    /** Whether escape sequences for colour are welcome. */
    readonly isColourful: boolean
  }
>()("diva/cli/Screen") {
  static readonly layerProcess = Layer.sync(Screen, () => ofProcess(process))
  static readonly layerRecorded = (written: Written) => Layer.succeed(Screen, recording(written))
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

const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.sync(() => {
    if (stream.writable) stream.write(text)
  })

const ofProcess = ({ stdout, stderr, env }: NodeJS.Process): Screen["Service"] => {
  // Standard error may be a pipe although a person watches: what starts the program may filter it.
  const isTerminal = stdout.isTTY
  const isColourful = isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb"
  const safe = (text: string): string => withoutStrayControls(text, isColourful)
  const transient = (text: string) => (isTerminal ? write(stdout, text) : Effect.void)
  toleratePipes(stdout, stderr)
  const fitting = (text: string): string => text.slice(0, Math.max(0, (stdout.columns || defaultColumns) - 1))
  return {
    print: (text) => Effect.andThen(transient(clearLine), write(stdout, `${safe(text)}\n`)),
    note: (text) => Effect.andThen(transient(clearLine), write(isTerminal ? stdout : stderr, `${safe(text)}\n`)),
    complain: (text) => Effect.andThen(transient(clearLine), write(stderr, `${safe(text)}\n`)),
    status: (text) => transient(`${clearLine}${fitting(safe(text))}`),
    isTerminal,
    isColourful,
  }
}

const recording = ({ out, notes }: Written): Screen["Service"] => {
  const note = (text: string) => Effect.sync(() => void notes.push(text))
  return {
    print: (text) => Effect.sync(() => void out.push(text)),
    note,
    complain: note,
    status: () => Effect.void,
    isTerminal: false,
    isColourful: false,
  }
}
