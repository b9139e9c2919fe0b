import { Flag } from "effect/cli"

/** A yes-or-no flag. */
export const yes = (name: string, meaning: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(meaning), Flag.withDefault(false))

/** `--json`, which every command takes. */
export const json = yes("json", "Print data instead of text")

/** `--dry-run`, which every command that does something takes. */
export const dryRunFlag = (meaning = "Say what would be done, and stop") => yes("dry-run", meaning)

/** `--out`, the folder of what a command makes. */
export const outFolder = (meaning: string, fallback: string) =>
  Flag.String("out").pipe(Flag.withDescription(`${meaning} (${fallback})`), Flag.withDefault(fallback))

/** Refuses numbers below `least`. */
export const notBelow = (least: number) =>
  Flag.filter<number>(
    (value) => value >= least,
    (value) => `${value} is below ${least}`,
  )

/** A whole number of at least `least`, with a default. */
export const atLeast = (name: string, meaning: string, least: number, fallback: number) =>
  Flag.Int(name).pipe(Flag.withDescription(`${meaning} (${fallback})`), notBelow(least), Flag.withDefault(fallback))
