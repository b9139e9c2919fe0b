import { formOf, holeMark, type Form, type Hole, type Kind } from "./grammar.ts"

/**
 * A WGSL expression, which knows how tightly it holds together. `wgsl` puts one into another with brackets where precedence wants
 * them. The type says symbol too, which neither templates nor `+` take: that its text is pasted without brackets is a type error.
 */
export type Wgsl = symbol & { readonly text: string; readonly kind: Kind }

class Expression {
  readonly text: string
  readonly kind: Kind

  constructor(text: string, kind: Kind) {
    this.text = text
    this.kind = kind
  }

  toString(): never {
    throw new TypeError(`WGSL is put together by the tag \`wgsl\`, not as text: ${this.text}`)
  }
}

const expression = (text: string, kind: Kind): Wgsl => new Expression(text, kind) as unknown as Wgsl

/** What templates take: expressions, and words (names, types, digits) as plain text. */
export type Part = Wgsl | string | number

const forms = new WeakMap<TemplateStringsArray, Form>()

const formFor = (strings: TemplateStringsArray): Form => {
  const held = forms.get(strings)
  if (held !== undefined) return held
  const form = formOf(strings.join(holeMark))
  forms.set(strings, form)
  return form
}

const word = /^(?:[\w.]+(?:<[\w<>, ]+>)?|\d[\d.]*e[+-]?\d+)$/

const isWgsl = (part: Part): part is Wgsl => typeof part === "object"

const wordOf = (part: string | number): string => {
  const text = String(part)
  if (!word.test(text)) throw new TypeError(`an expression is put into WGSL as a value, not as text: ${text}`)
  return text
}

const placed = (part: Part, { takes, wordOnly, statement }: Hole, lines: boolean): string => {
  if (!isWgsl(part)) return lines && statement && typeof part === "string" ? part : wordOf(part)
  if (wordOnly) return wordOf(part.text)
  return takes.has(part.kind) ? part.text : `(${part.text})`
}

const filled = (strings: TemplateStringsArray, parts: readonly Part[], form: Form, lines: boolean): string =>
  parts.reduce<string>((text, part, i) => text + placed(part, form.holes[i]!, lines) + strings[i + 1]!, strings[0]!)

/**
 * An expression from others: wgsl`${x} - ${y}` brackets y where it is a sum. Throws where the template itself mixes operators that
 * WGSL does not order, and for text that is no word.
 */
export const wgsl = (strings: TemplateStringsArray, ...parts: readonly Part[]): Wgsl => {
  const form = formFor(strings)
  const [only] = parts
  const kind = form.kind ?? (only !== undefined && isWgsl(only) ? only.kind : "primary")
  return expression(filled(strings, parts, form, false), kind)
}

/** Statements with expressions in them, bracketed where operators stand beside them. Text may be put where a statement begins. */
export const statement = (strings: TemplateStringsArray, ...parts: readonly Part[]): string =>
  filled(strings, parts, formFor(strings), true)

/** A call: of a function, or of a type that makes a value of parts. */
export const call = (name: string, parts: readonly Part[]): Wgsl => {
  const written = parts.map((part) => {
    if (!isWgsl(part)) return wordOf(part)
    return part.kind === "relation" && parts.length > 1 ? `(${part.text})` : part.text
  })
  return expression(`${wordOf(name)}(${written.join(", ")})`, "primary")
}

/** Operands joined by one of the operators that chain, from left to right. */
export const chain = (operator: "+" | "&&", parts: readonly Part[]): Wgsl =>
  parts
    .slice(1)
    .reduce<Wgsl>(
      (left, right) => (operator === "+" ? wgsl`${left} + ${right}` : wgsl`${left} && ${right}`),
      wgsl`${parts[0]!}`,
    )

/** Whether it is a name, which costs nothing to repeat. */
export const isName = ({ text }: Wgsl): boolean => /^[A-Za-z_]\w*$/.test(text)

/** Whether two are written alike, as equal expressions of one body are. */
export const sameText = (a: Wgsl, b: Wgsl): boolean => a.text === b.text
