import type { Document } from "../findCases.ts"

/** What an entry of a case of weight containers expects, as far as its prose is known. */
export interface Expectation {
  /** The file whose tensors it must give. */
  readonly equals: string
  /** Half floats are compared as the f32 they widen to. */
  readonly upcast: boolean
  /** A prefix is taken off the names first. */
  readonly stripped: string | undefined
}

const isReference = (text: string): boolean => text.startsWith("the reference")

const referenceOf = (entries: readonly Document[]): string | undefined => {
  const found = entries.find(({ expect }) => typeof expect === "string" && isReference(expect))
  return found === undefined ? undefined : String(found["file"])
}

/** Parts of the prose that are understood, and what each leaves of it: nothing. */
const known: readonly RegExp[] = [
  /^the reference.*$/,
  /\([^)]*\)/g,
  /=\s*(?:the\s+)?(?:reference|[\w./-]+\.(?:safetensors|pth|pt|bin))/,
  /^state dict\b/,
  /plus (?:int64 )?scalars? [\w/, ]+$/,
  /after up-?cast(?:ing)?(?: to (?:f32|fp32|float32))?/,
  /unwrapping (?:the )?['"]?[\w.]+['"]?/,
  /stripping (?:the )?(?:prefix )?['"][\w.]+['"]/,
  /\b(?:after|and|then)\b/g,
  /[,;.]/g,
]

const leftover = (text: string): string => known.reduce((rest, part) => rest.replace(part, " "), text).trim()

/** Reads the prose of an entry; undefined where some of it is not understood. */
export const expectationOf = (entry: Document, entries: readonly Document[]): Expectation | undefined => {
  const text = typeof entry["expect"] === "string" ? entry["expect"] : ""
  if (isReference(text)) return { equals: String(entry["file"]), upcast: false, stripped: undefined }
  const named = /=\s*([\w./-]+\.(?:safetensors|pth|pt|bin))/.exec(text)?.[1]
  const equals = named ?? (/=\s*(?:the\s+)?reference/.test(text) ? referenceOf(entries) : undefined)
  if (equals === undefined || leftover(text) !== "") return undefined
  return {
    equals,
    upcast: /up-?cast/.test(text),
    stripped: /stripping (?:the )?(?:prefix )?['"]([\w.]+)['"]/.exec(text)?.[1],
  }
}

/** What must become of a hostile file: refused, loaded (a valid one with odd names), or either; undefined where it is not said. */
export const requirementOf = ({ required }: Document): "refused" | "loaded" | "either" | undefined => {
  const text = typeof required === "string" ? required.toLowerCase() : ""
  const mustLoad = /\bvalid\b|must (?:be )?(?:load|read)/.test(text) && !/\binvalid\b/.test(text)
  const mustRefuse = /refuse|reject|must fail|must not load|error/.test(text)
  if (mustLoad && mustRefuse) return "either"
  if (mustLoad) return "loaded"
  return mustRefuse ? "refused" : undefined
}
