/** What holds an expression together: its loosest operator outside of brackets. Calls, names, literals and brackets are primary. */
export type Kind =
  "primary" | "unary" | "product" | "sum" | "shift" | "relation" | "bitAnd" | "bitOr" | "bitXor" | "and" | "or"

/** Kinds from loose to tight. */
const looseFirst: readonly Kind[] = [
  "or",
  "and",
  "bitOr",
  "bitXor",
  "bitAnd",
  "relation",
  "shift",
  "sum",
  "product",
  "unary",
  "primary",
]

const operators: Readonly<Record<string, Kind>> = {
  "*": "product",
  "/": "product",
  "%": "product",
  "+": "sum",
  "-": "sum",
  "<<": "shift",
  ">>": "shift",
  "<": "relation",
  ">": "relation",
  "<=": "relation",
  ">=": "relation",
  "==": "relation",
  "!=": "relation",
  "&": "bitAnd",
  "|": "bitOr",
  "^": "bitXor",
  "&&": "and",
  "||": "or",
}

const tight: readonly Kind[] = ["primary", "unary"]
const arithmetic: readonly Kind[] = [...tight, "product", "sum"]

/**
 * Kinds that an operator takes without brackets on its left and on its right. WGSL orders few of its operators: shifts and bitwise
 * ones take nothing but unary operands, comparisons form no chains, && and || do not mix. Shifts are bracketed in comparisons, since
 * `a < b >> c` reads as a template.
 */
const taken: Readonly<
  Record<Exclude<Kind, "primary" | "unary">, readonly [left: readonly Kind[], right: readonly Kind[]]>
> = {
  product: [[...tight, "product"], tight],
  sum: [arithmetic, [...tight, "product"]],
  shift: [tight, tight],
  relation: [arithmetic, arithmetic],
  bitAnd: [[...tight, "bitAnd"], tight],
  bitOr: [[...tight, "bitOr"], tight],
  bitXor: [[...tight, "bitXor"], tight],
  and: [
    [...arithmetic, "relation", "and"],
    [...arithmetic, "relation"],
  ],
  or: [
    [...arithmetic, "relation", "or"],
    [...arithmetic, "relation"],
  ],
}

/** Stands for what is put into a template. */
export const holeMark = "\u0000"

/** A place in a template that something is put into. */
export interface Hole {
  /** Kinds of expressions that need no brackets there. */
  readonly takes: ReadonlySet<Kind>
  /** Part of a word, a type's argument or a called name: no place for an expression. */
  readonly wordOnly: boolean
  /** Begins a statement. */
  readonly statement: boolean
}

export interface Form {
  readonly holes: readonly Hole[]
  /** Kind of the whole; `null` where it is that of the only hole. */
  readonly kind: Kind | null
}

const tokenPattern = new RegExp(
  [
    /\s+|\/\/.*/,
    /(?:0x[\da-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?)[uifh]?(?![\w\0])/,
    /\b(?:vec[234]|mat[234]x[234]|array|bitcast|ptr|atomic|var|texture_\w+|subgroup_matrix_\w+)<(?:[^<>;()]|<(?:[^<>;()]|<[^<>;()]*>)*>)*>/,
    /[\w\0]+/,
    /<<=|>>=|&&|\|\||<<|>>|->|\+\+|--|[-+*/%&|^<>=!]=|[-+*/%&|^!~<>=.,;:(){}[\]@]/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
)

const statementWords = /^(?:return|if|else|while|for|switch|case|let|var|const|fn|loop|continuing|break)$/

const isOperand = (token: string): boolean =>
  (/[\w\0>]$/.test(token) &&
    token.length > 0 &&
    token !== ">" &&
    token !== ">>" &&
    token !== "->" &&
    !statementWords.test(token)) ||
  token === ")" ||
  token === "]"

interface Token {
  readonly text: string
  /** The kind of a binary operator, or that it is a prefix. */
  readonly operator: Exclude<Kind, "primary" | "unary"> | "prefix" | null
  readonly depth: number
}

const prefixes = new Set(["-", "!", "~", "&", "*"])

const tokensOf = (text: string): readonly Token[] => {
  const tokens: Token[] = []
  let depth = 0
  let end = 0
  for (const match of text.matchAll(tokenPattern)) {
    if (match.index !== end) throw new Error(`no WGSL: ${text.slice(end, match.index)}`)
    end += match[0].length
    if (/^(?:\s|\/\/)/.test(match[0])) continue
    const token = match[0]
    if (")]}".includes(token)) depth--
    const after = tokens.at(-1)
    const binary = after !== undefined && isOperand(after.text)
    const kind = operators[token] as Token["operator"] | undefined
    tokens.push({ text: token, operator: binary ? (kind ?? null) : prefixes.has(token) ? "prefix" : null, depth })
    if ("([{".includes(token)) depth++
  }
  if (end !== text.length) throw new Error(`no WGSL: ${text.slice(end)}`)
  return tokens
}

const isBinary = (operator: Token["operator"]): operator is Exclude<Token["operator"], null | "prefix"> =>
  operator !== null && operator !== "prefix"

// `a op b op c`, as it stands in a template, must be (a op b) op c or a op (b op c) by the language's own rules.
const checkMixture = (tokens: readonly Token[], text: string): void => {
  const open: (Token | undefined)[] = []
  for (const token of tokens) {
    if (/^[,;{}=:]$|^.=$/.test(token.text) && !isBinary(token.operator)) open[token.depth] = undefined
    if ("([{".includes(token.text)) open[token.depth + 1] = undefined
    if (!isBinary(token.operator)) continue
    const before = open[token.depth]
    if (before !== undefined && isBinary(before.operator)) {
      const joins =
        taken[token.operator][0].includes(before.operator) || taken[before.operator][1].includes(token.operator)
      if (!joins)
        throw new Error(`${before.text} and ${token.text} need brackets in: ${text.replaceAll(holeMark, "…")}`)
    }
    open[token.depth] = token
  }
}

const everything: readonly Kind[] = looseFirst

const takenBefore = (token: Token | undefined): readonly Kind[] => {
  if (token?.operator === "prefix") return ["primary"]
  if (token !== undefined && isBinary(token.operator)) return taken[token.operator][1]
  return token?.text === "," ? everything.filter((kind) => kind !== "relation") : everything
}

const takenAfter = (token: Token | undefined): readonly Kind[] => {
  if (token?.text === "." || token?.text === "[") return ["primary"]
  if (token !== undefined && isBinary(token.operator)) return taken[token.operator][0]
  // A comma between comparisons makes `a < b, c > d` read as a template.
  return token?.text === "," ? everything.filter((kind) => kind !== "relation") : everything
}

const holesIn = (tokens: readonly Token[]): readonly Hole[] =>
  tokens.flatMap(({ text }, i) => {
    const count = text.split(holeMark).length - 1
    const [before, after] = [tokens[i - 1], tokens[i + 1]]
    const alone = text === holeMark
    const right = takenAfter(after)
    const hole: Hole = {
      takes: new Set(takenBefore(before).filter((kind) => right.includes(kind))),
      wordOnly: !alone || after?.text === "(" || before?.text === ".",
      statement: alone && (before === undefined || /^[;{}]$/.test(before.text)),
    }
    return Array.from({ length: count }, () => hole)
  })

const kindOf = (tokens: readonly Token[]): Kind | null => {
  if (tokens.length === 1 && tokens[0]!.text === holeMark) return null
  const kinds = new Set<Kind | null>(
    tokens.filter(({ depth }) => depth === 0).map(({ operator }) => (operator === "prefix" ? "unary" : operator)),
  )
  return looseFirst.find((kind) => kinds.has(kind)) ?? "primary"
}

/** Reads a template, in which `holeMark` stands for each hole. Throws where its own operators need brackets. */
export const formOf = (text: string): Form => {
  const tokens = tokensOf(text)
  checkMixture(tokens, text)
  return { holes: holesIn(tokens), kind: kindOf(tokens) }
}
