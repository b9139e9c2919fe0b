import { afterAll, beforeAll, expect, test } from "vitest"
import { expectHalves, halving, programs, refusal, type Halving } from "./halfProducts.ts"

let opened: Halving

beforeAll(async () => {
  opened = await halving()
})

afterAll(() => opened.device.close())

// Software adapters compile tall tiles for minutes: one contraction runs by each of them, all else by the small ones.
const tallest = (name: string): number => (name === "odd extents and a tail" ? Infinity : 64)

test.for(programs)(
  "multiplying in f16 where one operand is stored so, by every tile: %s",
  async ([name, product], { skip }) => {
    const reason = refusal(opened.device)
    skip(reason !== false, String(reason))
    await expectHalves(opened, product, (tiles) => {
      const taken = tiles.filter(({ rows }) => Number(rows) <= tallest(name))
      expect(taken.length).toBeGreaterThan(0)
      return taken
    })
  },
)
