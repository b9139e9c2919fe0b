import { assert, integer, property, tuple } from "fast-check"
import { describe, expect, it } from "vitest"
import { interpret, iota, permute, rearrange, reshape } from "@diva/tensor"

const values = (x: Parameters<typeof rearrange>[0]) => interpret({ x }).x

describe("rearrange", () => {
  const x = reshape(iota([24]), [2, 3, 4])

  it("splits, exchanges and joins axes by name", () => {
    expect(values(rearrange(x, "a b c -> c (a b)"))).toEqual(values(reshape(permute(x, [2, 0, 1]), [4, 6])))
    expect(values(rearrange(x, "a b (h d) -> a h b d", { h: 2 }))).toEqual(
      values(permute(reshape(x, [2, 3, 2, 2]), [0, 2, 1, 3])),
    )
    expect(values(rearrange(x, "a ... -> ... a"))).toEqual(values(permute(x, [1, 2, 0])))
    expect(values(rearrange(x, "a b c -> 1 (a b c)"))).toEqual(values(reshape(x, [1, 24])))
    expect(rearrange(reshape(x, [1, 24]), "1 n -> n").shape).toEqual([24])
    expect(rearrange(x, "... -> (...)").shape).toEqual([24])
    expect(rearrange(x, "a b c -> a b c")).toBe(x)
  })

  it("brings back what it took apart, for any sizes", () => {
    const size = integer({ min: 0, max: 4 })
    const sizes = tuple(size, integer({ min: 1, max: 4 }), size)
    assert(
      property(sizes, ([b, h, d]) => {
        const given = reshape(iota([b * h * d]), [b, h * d])
        const apart = rearrange(given, "b (h d) -> h b d", { h })
        expect(apart.shape).toEqual([h, b, d])
        expect(values(rearrange(apart, "h b d -> b (h d)"))).toEqual(values(given))
      }),
    )
  })

  it.each([
    ["a b c", {}, /needs one ->/],
    ["a b -> b a", {}, /the left names 2 axes, x has 3/],
    ["a b c -> a b", {}, /c is not on the right/],
    ["a b c -> a b c d", {}, /d is not on the left/],
    ["a a c -> a c", {}, /a occurs twice on the left/],
    ["a b (h d) -> a b h d", {}, /give the size of d/],
    ["a b (h d) -> a b h d", { h: 3 }, /\(h d\) is 4 in x, not a multiple of 3/],
    ["a b (h d) -> a b h d", { h: 2, d: 3 }, /\(h d\) is 4 in x, not a multiple of 6/],
    ["a b c -> a b c", { a: 5 }, /a is 2 in x, but 5 was given/],
    ["a b c -> c b a", { z: 5 }, /a size was given for z/],
    ["a (... c) -> a ... c", {}, /must stand outside parentheses on the left/],
    ["... b ... -> b ...", {}, /occurs twice/],
    ["a 1 c -> a c", {}, /axis 1 of x is 3, not 1/],
    ["a (b c -> c b a", {}, /"\(" is not the name/],
    ["a b c- -> c- b a", {}, /"c-" is not the name/],
  ])("refuses %j with %j by what is wrong with it", (pattern, sizes, message) => {
    expect(() => rearrange(x, pattern, sizes as Record<string, number>)).toThrow(message)
  })
})
