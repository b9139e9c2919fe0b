import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { describedAt, gelu, mul, reachable, square, sum, zeros, type Tensor } from "@diva/tensor"
import { customVjp, grad, vmap } from "../src/index.ts"

const source = readFileSync(new URL(import.meta.url), "utf8").split("\n")
const lineOf = (text: string): number => source.findIndex((line) => line.includes(text)) + 1

const x = zeros([2, 3])

const linesOf = (tensor: Tensor): readonly number[] => {
  const lines = reachable([tensor])
    .filter(({ id }) => id > x.id)
    .map((node) => Number(/position\.test\.ts[^:]*:(\d+):/.exec(describedAt(node))?.[1]))
  return [...new Set(lines)].toSorted((a, b) => a - b)
}

const doubled = customVjp(
  (x: Tensor) => mul(x, 2),
  ({ cotangent }) => [mul(cotangent, 2)],
)

it("nodes of derivatives know the line that asked for them, those of a rule of one's own the line of the rule", () => {
  const loss = (x: Tensor): Tensor => sum(gelu(doubled(x)))
  const slope = (x: Tensor): Tensor => sum(square(grad(loss)(x)))
  const second = grad(slope)(x)
  const places = ["mul(x, 2)", "mul(cotangent, 2)", "sum(gelu(", "sum(square(", "grad(slope)(x)"]
  expect(linesOf(second)).toEqual(places.map(lineOf))
  const mapped = vmap(slope)(x)
  expect(linesOf(mapped)).toContain(lineOf("vmap(slope)"))
})
