import { Effect } from "effect"
import { run, Screen, type Written } from "@diva/cli"

/** What a command line left behind. */
export interface Ended extends Written {
  readonly code: number
  /** Standard output as one text. */
  readonly text: string
  /** Standard error as one text. */
  readonly problem: string
}

/** Runs the command line in this process, on a screen that remembers. */
export const runCli = async (...args: readonly string[]): Promise<Ended> => {
  const written: Written = { out: [], notes: [] }
  const code = await Effect.runPromise(Effect.provide(run(args), Screen.layerRecorded(written)))
  return { ...written, code, text: written.out.join("\n"), problem: written.notes.join("\n") }
}
