import * as fc from "fast-check"
import { expect, it, test } from "vitest"
import { call, chain, statement, wgsl, type Wgsl } from "../../src/codegen/expression.ts"

const [a, b, c] = [wgsl`a`, wgsl`b`, wgsl`c`]
const sum = wgsl`${a} + ${b}`

test.each([
  [wgsl`n - ${sum}`, "n - (a + b)"],
  [wgsl`${sum} - n`, "a + b - n"],
  [wgsl`${sum} * 4u`, "(a + b) * 4u"],
  [wgsl`4u * ${sum}`, "4u * (a + b)"],
  [wgsl`${wgsl`${a} * ${b}`} + ${wgsl`${b} * ${c}`}`, "a * b + b * c"],
  [wgsl`${a} / ${wgsl`${b} * ${c}`}`, "a / (b * c)"],
  [wgsl`${a} - ${wgsl`${b} - ${c}`}`, "a - (b - c)"],
  [wgsl`min(${sum}, ${c})`, "min(a + b, c)"],
  [wgsl`x[${sum}]`, "x[a + b]"],
  [wgsl`${sum}.x`, "(a + b).x"],
  [wgsl`-${sum}`, "-(a + b)"],
  [wgsl`-${wgsl`-${a}`}`, "-(-a)"],
  [wgsl`!${wgsl`${a} < ${b}`}`, "!(a < b)"],
  [wgsl`${sum} << ${c}`, "(a + b) << c"],
  [wgsl`${a} & ${wgsl`${b} << ${c}`}`, "a & (b << c)"],
  [wgsl`${wgsl`${a} & ${b}`} & ${c}`, "a & b & c"],
  [wgsl`${wgsl`${a} & ${b}`} | ${c}`, "(a & b) | c"],
  [wgsl`${wgsl`${a} < ${b}`} == ${c}`, "(a < b) == c"],
  [wgsl`${sum} < ${wgsl`${a} >> ${b}`}`, "a + b < (a >> b)"],
  [chain("&&", [wgsl`${a} < ${b}`, wgsl`${b} < ${c}`, wgsl`${a} || ${c}`]), "a < b && b < c && (a || c)"],
  [call("select", [a, wgsl`${a} < ${b}`, wgsl`${b} > ${c}`]), "select(a, (a < b), (b > c))"],
  [wgsl`f(${wgsl`${a} < ${b}`}, ${wgsl`${b} > ${c}`})`, "f((a < b), (b > c))"],
  [wgsl`vec4<f32>(${sum}, ${a}, ${b}, ${c})`, "vec4<f32>(a + b, a, b, c)"],
  [wgsl`${a} * ${1e-7}f`, "a * 1e-7f"],
] as const)("operands are bracketed where precedence wants it, and nowhere else: %#", (expression, text) => {
  expect(expression.text).toBe(text)
})

it("statements bracket expressions as expressions do, and take other statements where one begins", () => {
  expect(statement`let i = ${sum} * 4u;`).toBe("let i = (a + b) * 4u;")
  expect(statement`if (${sum} >= n) { return; }`).toBe("if (a + b >= n) { return; }")
  expect(statement`${"let x = 1u;"} ${"x"} += ${sum};`).toBe("let x = 1u; x += a + b;")
  expect(statement`return -${sum};`).toBe("return -(a + b);")
})

it("text that is no word is refused as an operand", () => {
  expect(() => wgsl`n - ${"a + b"}`).toThrow("as a value, not as text: a + b")
  expect(() => statement`let i = ${"a + b"} * 4u;`).toThrow("as a value, not as text")
  expect(() => wgsl`load_${sum}(i)`).toThrow("as a value, not as text")
})

it("an expression does not become text by itself", () => {
  expect(() => [sum].join(" + ")).toThrow("put together by the tag")
  // @ts-expect-error pasting an expression into a template is a type error
  expect(() => `n - ${sum}`).toThrow("put together by the tag")
  // @ts-expect-error and so is adding it to text
  expect(() => "n - " + sum).toThrow("put together by the tag")
})

it("templates that mix operators which the language does not order are refused", () => {
  for (const make of [
    () => wgsl`${a} & ${b} + ${c}`,
    () => wgsl`${a} << ${b} + ${c}`,
    () => wgsl`${a} < ${b} == ${c}`,
    () => wgsl`${a} && ${b} || ${c}`,
    () => statement`let x = ${a} & ${b} | ${c};`,
  ])
    expect(make).toThrow("need brackets")
})

type Tree = number | { readonly operator: string; readonly left: Tree; readonly right: Tree }

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.nat(9),
    fc.record({
      operator: fc.constantFrom("+", "-", "*", "/", "%", "<<", "&", "|", "^"),
      left: tie("tree"),
      right: tie("tree"),
    }),
  ),
}))

const both: Readonly<Record<string, (x: Wgsl, y: Wgsl) => Wgsl>> = {
  "+": (x, y) => wgsl`${x} + ${y}`,
  "-": (x, y) => wgsl`${x} - ${y}`,
  "*": (x, y) => wgsl`${x} * ${y}`,
  "/": (x, y) => wgsl`${x} / ${y}`,
  "%": (x, y) => wgsl`${x} % ${y}`,
  "<<": (x, y) => wgsl`${x} << ${y}`,
  "&": (x, y) => wgsl`${x} & ${y}`,
  "|": (x, y) => wgsl`${x} | ${y}`,
  "^": (x, y) => wgsl`${x} ^ ${y}`,
}

const written = (node: Tree): Wgsl =>
  typeof node === "number" ? wgsl`${node}` : both[node.operator]!(written(node.left), written(node.right))

const bracketed = (node: Tree): string =>
  typeof node === "number" ? `${node}` : `(${bracketed(node.left)} ${node.operator} ${bracketed(node.right)})`

// JavaScript orders more operators than WGSL, and those that both order, both order alike.
const valueOf = (text: string): number => new Function(`return ${text}`)() as number

it("an expression means what it means with every bracket", () => {
  fc.assert(
    fc.property(tree, (node) => {
      expect(valueOf(written(node).text)).toEqual(valueOf(bracketed(node)))
    }),
    { numRuns: 400 },
  )
})
