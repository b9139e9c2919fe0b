import { parseArgs } from "node:util"
import type { RoundOptions } from "./rounds.ts"

/** What a benchmark is asked for. */
export interface Arguments extends RoundOptions {
  readonly peers: boolean
  readonly tiny: boolean
  /** Another checkout of this repository, which takes part. */
  readonly against?: string
  /** Words that select subjects by part of their name and sizes; none selects all. */
  readonly words: readonly string[]
}

/** `--peers`, `--against FOLDER`, `--tiny`, `--rounds N`, `--seconds S`, `--patience S`, and words. */
export const benchArguments = (args: readonly string[] = process.argv.slice(2)): Arguments => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      peers: { type: "boolean", default: false },
      against: { type: "string" },
      tiny: { type: "boolean", default: false },
      rounds: { type: "string", default: "9" },
      seconds: { type: "string", default: "4" },
      patience: { type: "string", default: "0" },
    },
  })
  const { peers, against, tiny } = values
  const [rounds, seconds, patience] = [values.rounds, values.seconds, values.patience].map(Number) as [
    number,
    number,
    number,
  ]
  const other = against === undefined ? {} : { against }
  return { peers, tiny, rounds, seconds, patience, words: positionals, ...other }
}

/** Whether words select something of this name. */
export const selects = (words: readonly string[], name: string): boolean =>
  words.length === 0 || words.some((word) => name.includes(word))
