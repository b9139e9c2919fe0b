import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { attempt, describedAt, f32, knownAdapters, planOf, reachable, zeros, type Tensor } from "../../src/index.ts"
import { model, parameters } from "./layers.ts"

const source = readFileSync(new URL("layers.ts", import.meta.url), "utf8").split("\n")
const lineOf = (text: string): number => source.findIndex((line) => line.includes(text)) + 1

const messageOf = (describeIt: () => unknown): string => {
  const result = attempt(describeIt)
  return "left" in result ? result.left.message : "accepted"
}

// Many levels below, through maps, a reduce, tracing and planning, whose frames are the library's or Node's.
it("an error in the innermost of three levels of functions names that function, its file and its line", () => {
  const at = new RegExp(`at block \\(.*layers\\.ts:${lineOf("linear(x, p.w)")}:\\d+\\)`)
  expect(messageOf(() => model(parameters(40, 39), zeros([3, 4])))).toMatch(at)
  const program = ({ x }: { readonly x: Tensor }): Tensor => model(parameters(3, 1), x)
  expect(messageOf(() => planOf(program, { x: f32([3, 4]) }, knownAdapters.webgpu))).toMatch(at)
})

it("nodes of such a tree know their lines, in plans and profiles too", () => {
  const y = model(parameters(2, -1), zeros([3, 4]))
  const lines = reachable([y])
    .filter(({ op }) => op.name === "contract")
    .map((node) => /layers\.ts:(\d+)/.exec(describedAt(node))?.[1])
  expect(lines).toEqual([lineOf("linear(x, p.w)"), lineOf("linear(x, p.w)"), lineOf("export const model")].map(String))
})
