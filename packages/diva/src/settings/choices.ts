import { nearestName } from "@diva/models"
import { attempt } from "@diva/tensor"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"

/** Values that a setting may name, each made from the numbers in brackets: `huber(0.5)`. */
export interface Choices<A> {
  readonly [name: string]: Choice<A>
}

export interface Choice<A> {
  /** Numbers that the brackets may hold, in order; "" for none; "step, …" for any number of them. */
  readonly takes: string
  /** Whether numbers in the brackets can be meant; any can where it is left out, but those that `make` refuses. */
  readonly fits?: (...numbers: readonly number[]) => boolean
  /** Throws a `TensorError` for numbers that the value cannot be made with. */
  readonly make: (...numbers: readonly number[]) => A
}

/** Why a text names none of the values. */
export interface NoChoice {
  readonly rule: string
  readonly remedy: string
}

/** `min-snr`, `minSnr` and `MinSNR` are one name. */
const plain = (name: string): string => name.toLowerCase().replaceAll("-", "")

const hyphened = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** What a setting may say: `mse, l1, huber(delta), min-snr(gamma)`. */
export const choicesShown = (choices: Choices<unknown>): string =>
  Object.entries(choices)
    .map(([name, { takes }]) => hyphened(name) + (takes === "" ? "" : `(${takes})`))
    .join(", ")

const pattern = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:\(([^()]*)\))?\s*$/

const numbersIn = (text: string): readonly number[] =>
  text.trim() === "" ? [] : text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)))

/** The error of a name that is none of those there are: the nearest is suggested, whatever its case and hyphens. */
const unknownName = (name: string, names: readonly string[], shown: string): NoChoice => {
  const nearest = nearestName(plain(name), names.map(plain))
  return {
    rule: `there is no "${name}"`,
    remedy:
      nearest === undefined
        ? `choose one of ${shown}`
        : `did you mean "${names.find((each) => plain(each) === nearest)!}"?`,
  }
}

const countOf = ({ takes }: Choice<unknown>): number =>
  takes === "" ? 0 : takes.endsWith("…") ? Infinity : takes.split(",").length

/** The value that a text names. A text that names none is an error with the nearest name, never another value. */
export const chosen = <A>(choices: Choices<A>, text: string): Either<NoChoice, A> => {
  const [, name = text, inBrackets] = pattern.exec(text) ?? []
  const key = Object.keys(choices).find((each) => plain(each) === plain(name))
  if (key === undefined) return E.left(unknownName(name, Object.keys(choices).map(hyphened), choicesShown(choices)))
  const choice = choices[key]!
  const numbers = numbersIn(inBrackets ?? "")
  const { fits = () => true } = choice
  if (!numbers.every(Number.isFinite) || numbers.length > countOf(choice) || !fits(...numbers))
    return E.left({
      rule: `"${text}" does not fit ${hyphened(key)}${choice.takes === "" ? ", which takes no number" : `(${choice.takes})`}`,
      remedy: `choose one of ${choicesShown(choices)}`,
    })
  return pipe(
    attempt(() => choice.make(...numbers)),
    E.mapLeft(({ rule, remedy }) => ({ rule, remedy })),
  )
}

/** The one of a few words that a text means, whatever its case and hyphens. */
export const wordOf = <Word extends string>(words: readonly Word[], text: string): Either<NoChoice, Word> => {
  const found = words.find((word) => plain(word) === plain(text.trim()))
  return found === undefined ? E.left(unknownName(text, words, words.join(", "))) : E.right(found)
}
