import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { mutations } from "./mutations.ts"

const source = (file: string): string => readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8")

it("every mistake that is planted has its place in the code, once", () => {
  const places = mutations.map(
    ({ mistake, file, from }) => [mistake, file, source(file).split(from).length - 1] as const,
  )
  expect(places.filter(([, , count]) => count !== 1)).toEqual([])
})
