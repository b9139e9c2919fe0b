import { Schema } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { choicesShown, chosen, wordOf, type Choices, type NoChoice } from "./choices.ts"

/** How a command line takes a setting: a text, a number, a yes, or one of a few words. */
export type Taken = "text" | "whole" | "real" | "yes" | readonly string[]

/**
 * One setting of a run, said once: its values, its default, what it is for, how a command line takes it (under the same name as
 * in a configuration file), and where manifests show it.
 */
export interface Setting<A> {
  readonly schema: Schema.Decoder<A>
  /** What it needs, for errors. */
  readonly wanted: string
  readonly says: string
  readonly takes: Taken
  /** The value where none is given; absent for those that need none, or follow from others. */
  readonly fallback?: A
  /** What the default is in words, where it follows from others. */
  readonly otherwise?: string
  /** Path in the settings of manifests. */
  readonly entry?: string
  /** A setting of several values may be given one alone. */
  readonly listed?: boolean
  /** The value that a text means which the schema takes, where several texts mean the same: "keep-whole" is keepWhole. */
  readonly meant?: (value: A) => A
  /** What to do about a value that does not fit, where more can be said than what is wanted. */
  readonly remedy?: (value: unknown) => string | undefined
}

type Details<A> = Pick<Setting<A>, "fallback" | "otherwise" | "entry">

const fits = <A, S extends Schema.Top & { readonly Type: A }>(schema: S, test: (value: A) => boolean) =>
  schema.pipe(Schema.check(Schema.makeFilter<A>(test) as never)) as unknown as Schema.Decoder<A>

/** Any text but an empty one. */
export const text = <const D extends Details<string>>(says: string, details?: D): Setting<string> & D => ({
  schema: fits<string, typeof Schema.String>(Schema.String, (value) => value !== ""),
  wanted: "a text",
  says,
  takes: "text",
  ...(details as D),
})

/** A text that a reader understands. */
export const readable = <const D extends Details<string>>(
  says: string,
  wanted: string,
  reads: (value: string) => boolean,
  details?: D,
): Setting<string> & D => ({
  ...text(says, details),
  schema: fits<string, typeof Schema.String>(Schema.String, reads),
  wanted,
})

const TextList = Schema.Array(Schema.String)

/** Paths or patterns; one alone may stand without a list. */
export const texts = (says: string): Setting<readonly string[]> => ({
  schema: fits<readonly string[], typeof TextList>(
    TextList,
    (values) => values.length > 0 && values.every((value) => value !== ""),
  ),
  wanted: "a path or pattern, or a list of them",
  says,
  takes: "text",
  listed: true,
})

/** A whole number of at least `least`. */
export const whole = <const D extends Details<number>>(
  says: string,
  details?: D & { readonly least?: number },
): Setting<number> & D => {
  const { least = 1, ...rest } = details ?? {}
  return {
    schema: fits<number, typeof Schema.Int>(Schema.Int, (value) => Number.isSafeInteger(value) && value >= least),
    wanted: least === 0 ? "a whole number" : `an integer of at least ${least}`,
    says,
    takes: "whole",
    ...(rest as D),
  }
}

/** A number for which `test` holds. */
export const real = <const D extends Details<number>>(
  says: string,
  wanted: string,
  test: (value: number) => boolean,
  details?: D,
): Setting<number> & D => ({
  schema: fits<number, typeof Schema.Finite>(Schema.Finite, test),
  wanted,
  says,
  takes: "real",
  ...(details as D),
})

/** A whole number for which `test` holds. */
export const wholeWith = <const D extends Details<number>>(
  says: string,
  wanted: string,
  test: (value: number) => boolean,
  details?: D,
): Setting<number> & D => ({
  ...real(says, wanted, (value) => Number.isSafeInteger(value) && test(value), details),
  takes: "whole",
})

/** Yes or no; no by default. */
export const yes = (
  says: string,
  details: Pick<Details<boolean>, "entry"> = {},
): Setting<boolean> & { readonly fallback: boolean } => ({
  schema: Schema.Boolean,
  wanted: "true or false",
  says,
  takes: "yes",
  fallback: false,
  ...details,
})

const remedyOf =
  (read: (value: string) => E.Either<NoChoice, unknown>) =>
  (value: unknown): string | undefined => {
    const found = typeof value === "string" ? read(value) : undefined
    return found === undefined || E.isRight(found) ? undefined : found.left.remedy
  }

/** One of a few words. */
export const oneOf = <const Word extends string, const D extends Details<Word>>(
  says: string,
  words: readonly Word[],
  details?: D,
): Setting<Word> & D => ({
  schema: fits<string, typeof Schema.String>(Schema.String, (value) =>
    E.isRight(wordOf(words, value)),
  ) as Schema.Decoder<Word>,
  wanted: `one of ${words.join(", ")}`,
  says,
  takes: words,
  meant: (value) => E.getOrElse(() => value)(wordOf(words, value)),
  remedy: remedyOf((value) => wordOf(words, value)),
  ...(details as D),
})

/** The name of a value. */
export const choice = <A, const D extends Details<string>>(
  says: string,
  choices: Choices<A>,
  details?: D,
): Setting<string> & D => ({
  schema: fits<string, typeof Schema.String>(Schema.String, (value) => E.isRight(chosen(choices, value))),
  wanted: `one of ${choicesShown(choices)}`,
  says: `${says}: ${choicesShown(choices)}`,
  takes: "text",
  remedy: remedyOf((value) => chosen(choices, value)),
  ...(details as D),
})

/** Names of any number of values; one alone may stand without a list. */
export const choiceList = <A>(
  says: string,
  choices: Choices<A>,
  details: Pick<Details<unknown>, "entry"> = {},
): Setting<readonly string[]> => ({
  schema: fits<readonly string[], typeof TextList>(TextList, (values) =>
    values.every((value) => E.isRight(chosen(choices, value))),
  ),
  wanted: `a list of ${choicesShown(choices)}`,
  says: `${says}: ${choicesShown(choices)}`,
  takes: "text",
  listed: true,
  remedy: (value) =>
    (Array.isArray(value) ? value : [value])
      .map(remedyOf((each) => chosen(choices, each)))
      .find((each) => each !== undefined),
  ...details,
})
