/** A value of a shader: its type and, for bools, 0 or 1. */
export interface Value {
  readonly type: "u32" | "i32" | "f32" | "bool"
  readonly value: number
}

/** What the statements refer to: variables by name, and functions that load elements. */
export interface Scope {
  readonly variables: Map<string, Value>
  readonly load: (name: string, index: number) => Value
}

type Term = (scope: Scope) => Value

/** The statements call something that is not known here. */
export class Unknown extends Error {}

const wrapped = (type: Value["type"], value: number): Value => {
  if (type === "u32") return { type, value: value >>> 0 }
  if (type === "i32") return { type, value: value | 0 }
  return { type, value: type === "f32" ? Math.fround(value) : value === 0 ? 0 : 1 }
}

const truth = (holds: boolean): Value => ({ type: "bool", value: holds ? 1 : 0 })

const divided = (type: Value["type"], x: number, y: number): number =>
  type === "f32" ? x / y : y === 0 ? x : Math.trunc(x / y)

const remains = (type: Value["type"], x: number, y: number): number => (type !== "f32" && y === 0 ? 0 : x % y)

const operators: Readonly<Record<string, readonly [level: number, apply: (x: Value, y: Value) => Value]>> = {
  "||": [1, (x, y) => truth(x.value === 1 || y.value === 1)],
  "&&": [2, (x, y) => truth(x.value === 1 && y.value === 1)],
  "|": [3, (x, y) => wrapped(x.type, x.value | y.value)],
  "^": [4, (x, y) => wrapped(x.type, x.value ^ y.value)],
  "&": [5, (x, y) => wrapped(x.type, x.value & y.value)],
  "==": [6, (x, y) => truth(x.value === y.value)],
  "!=": [6, (x, y) => truth(x.value !== y.value)],
  "<": [6, (x, y) => truth(x.value < y.value)],
  ">": [6, (x, y) => truth(x.value > y.value)],
  "<=": [6, (x, y) => truth(x.value <= y.value)],
  ">=": [6, (x, y) => truth(x.value >= y.value)],
  "<<": [7, (x, y) => wrapped(x.type, x.value << y.value)],
  ">>": [7, (x, y) => wrapped(x.type, x.type === "u32" ? x.value >>> y.value : x.value >> y.value)],
  "+": [8, (x, y) => wrapped(x.type, x.value + y.value)],
  "-": [8, (x, y) => wrapped(x.type, x.value - y.value)],
  "*": [9, (x, y) => wrapped(x.type, x.type === "f32" ? x.value * y.value : Math.imul(x.value, y.value))],
  "/": [9, (x, y) => wrapped(x.type, divided(x.type, x.value, y.value))],
  "%": [9, (x, y) => wrapped(x.type, remains(x.type, x.value, y.value))],
}

const rounded = (x: number): number => {
  const nearest = Math.round(x)
  return Math.abs(x % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest
}

const inHalf = (x: number): number => new Float16Array([x])[0]!

const functions: Readonly<Record<string, (x: Value, y: Value, z: Value) => Value>> = {
  min: (x, y) => wrapped(x.type, Math.min(x.value, y.value)),
  max: (x, y) => wrapped(x.type, Math.max(x.value, y.value)),
  clamp: (x, y, z) => wrapped(x.type, Math.min(Math.max(x.value, y.value), z.value)),
  select: (x, y, z) => (z.value === 1 ? y : x),
  abs: (x) => wrapped(x.type, Math.abs(x.value)),
  sign: (x) => wrapped(x.type, Math.sign(x.value)),
  floor: (x) => wrapped("f32", Math.floor(x.value)),
  ceil: (x) => wrapped("f32", Math.ceil(x.value)),
  round: (x) => wrapped("f32", rounded(x.value)),
  round_half: (x) => wrapped("f32", inHalf(x.value)),
  quotient: (x, y) => wrapped("u32", Math.floor(x.value / y.value)),
  long_quotient: (x, y) => wrapped("u32", Math.floor(x.value / y.value)),
  u32: (x) => wrapped("u32", Math.trunc(x.value)),
  i32: (x) => wrapped("i32", Math.trunc(x.value)),
  f32: (x) => wrapped("f32", x.value),
  bool: (x) => wrapped("bool", x.value),
}

const tokens = /\s*(0x[\da-f]+u|\d[\d.]*(?:e[+-]?\d+)?[uif]?|[A-Za-z_]\w*|<<|>>|&&|\|\||[=!<>]=|[-+*/%&|^!~<>(),.])/gy

const literalOf = (token: string): Value => {
  const value = Number(token.replace(/[uif]$/, ""))
  return wrapped(token.endsWith("u") ? "u32" : token.endsWith("f") ? "f32" : "i32", value)
}

/** Reads an expression by the precedence that WGSL gives its operators. */
const parsed = (text: string): Term => {
  const list = [...text.matchAll(tokens)].map((match) => match[1]!)
  let at = 0
  const expect = (token: string): void => {
    if (list[at++] !== token) throw new Error(`expected ${token} in ${text}`)
  }
  const called = (name: string): Term => {
    const parts: Term[] = []
    while (list[at] !== ")") {
      parts.push(binary(0))
      if (list[at] === ",") at++
    }
    expect(")")
    const vector = /^load4_(\w+)$/.exec(name)
    if (vector !== null) {
      expect(".")
      const component = "xyzw".indexOf(list[at++]!)
      return (scope) => scope.load(vector[1]!, parts[0]!(scope).value * 4 + component)
    }
    const load = /^load_(\w+)$/.exec(name)
    if (load !== null) return (scope) => scope.load(load[1]!, parts[0]!(scope).value)
    const apply = functions[name]
    if (apply === undefined) throw new Unknown(name)
    return (scope) => {
      const [x, y, z] = parts.map((part) => part(scope))
      return apply(x!, y!, z!)
    }
  }
  const primary = (): Term => {
    const token = list[at++]!
    if (token === "(") {
      const inner = binary(0)
      expect(")")
      return inner
    }
    if (token === "-") return negated(primary())
    if (token === "!") return inverted(primary())
    if (/^\d/.test(token)) return constant(literalOf(token))
    if (token === "true" || token === "false") return constant(truth(token === "true"))
    if (list[at] === "(") {
      at++
      return called(token)
    }
    if (list[at] !== ".") return variable(token)
    at++
    return variable(`${token}.${list[at++]!}`)
  }
  const binary = (level: number): Term => {
    let left = primary()
    for (;;) {
      const found = operators[list[at] ?? ""]
      if (found === undefined || found[0] <= level) return left
      at++
      left = applied(found[1], left, binary(found[0]))
    }
  }
  const whole = binary(0)
  if (at !== list.length) throw new Error(`cannot read ${text} from ${list.slice(at).join(" ")}`)
  return whole
}

const constant =
  (value: Value): Term =>
  () =>
    value
const negated =
  (term: Term): Term =>
  (scope) => {
    const { type, value } = term(scope)
    return wrapped(type, -value)
  }
const inverted =
  (term: Term): Term =>
  (scope) =>
    truth(term(scope).value === 0)
const variable =
  (name: string): Term =>
  ({ variables }) => {
    const held = variables.get(name)
    if (held === undefined) throw new Unknown(name)
    return held
  }
const applied =
  (apply: (x: Value, y: Value) => Value, left: Term, right: Term): Term =>
  (scope) =>
    apply(left(scope), right(scope))

const vectorLoad = /^let (\w+): vec4<\w+> = load4_(\w+)\((.*)\);$/
const declaration = /^let (\w+): (\w+) = (.*);$/

type Step = (scope: Scope) => void

const stepOf = (line: string): Step => {
  const vector = vectorLoad.exec(line)
  if (vector !== null) {
    const [, name, from, text] = vector
    const position = parsed(text!)
    return (scope) => {
      const first = position(scope).value * 4
      for (const [c, component] of [..."xyzw"].entries())
        scope.variables.set(`${name!}.${component}`, scope.load(from!, first + c))
    }
  }
  const [, name, , text] = declaration.exec(line)!
  const term = parsed(text!)
  return (scope) => scope.variables.set(name!, term(scope))
}

/** Declarations, in order, and results that refer to them, as a function of what they start from. */
export const straightLine = (
  lines: readonly string[],
  results: readonly string[],
): ((scope: Scope) => readonly Value[]) => {
  const steps = lines.map(stepOf)
  const terms = results.map(parsed)
  return (scope) => {
    for (const step of steps) step(scope)
    return terms.map((term) => term(scope))
  }
}
