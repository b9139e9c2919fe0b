import { Context, Effect, Layer } from "effect"

/** Where a command writes: results to standard output, progress and problems to standard error. */
export class Screen extends Context.Service<
  Screen,
  {
    /** Writes one result line (or several, separated by newlines). */
    readonly print: (text: string) => Effect.Effect<void>
    /** Writes one line of progress or of a problem. */
    readonly note: (text: string) => Effect.Effect<void>
    /** Replaces the transient last line of a terminal; an empty text clears it. Does nothing elsewhere. */
    readonly status: (text: string) => Effect.Effect<void>
    /** Whether a person watches: both streams are terminals. */
    readonly isTerminal: boolean
    readonly columns: number
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
  readonly notes: string[]
}

const clearLine = "\r\u001b[2K"

// A reader that went away (`diva verify | head`) is not an error of the program.
const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.sync(() => {
    if (stream.writable) stream.write(text)
  })

const ofProcess = ({ stdout, stderr, env }: NodeJS.Process): Screen["Service"] => {
  const isTerminal = stdout.isTTY && stderr.isTTY
  const transient = (text: string) => (isTerminal ? write(stderr, text) : Effect.void)
  return {
    print: (text) => Effect.andThen(transient(clearLine), write(stdout, `${text}\n`)),
    note: (text) => Effect.andThen(transient(clearLine), write(stderr, `${text}\n`)),
    status: (text) => transient(`${clearLine}${text.slice(0, Math.max(0, (stderr.columns ?? 80) - 1))}`),
    isTerminal,
    columns: stdout.columns ?? 80,
    isColourful: isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb",
  }
}

const recording = ({ out, notes }: Written): Screen["Service"] => ({
  print: (text) => Effect.sync(() => void out.push(text)),
  note: (text) => Effect.sync(() => void notes.push(text)),
  status: () => Effect.void,
  isTerminal: false,
  columns: 100,
  isColourful: false,
})
