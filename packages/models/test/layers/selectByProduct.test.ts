import { constant, interpret, mul, sum, take, takeBatched, type HostArray, type Tensor } from "@diva/tensor"
import { oneOfEach, takeByProduct } from "@diva/models"
import { expect, test } from "vitest"

const numbers = (tensor: Tensor): readonly number[] => [
  ...((interpret([tensor], new Map()) as readonly HostArray[])[0]!.data as Iterable<number>),
]
const table = constant(
  Array.from({ length: 12 }, (_, i) => Math.fround(Math.sin(i))),
  [4, 3],
)

test("rows by a product with ones and zeros are the rows that take gives", () => {
  const ids = constant([3, 0, 3, 1, 2, 2], [2, 3], "i32")
  expect(takeByProduct(table, ids).shape).toEqual([2, 3, 3])
  expect(numbers(takeByProduct(table, ids))).toEqual(numbers(take(table, ids)))
})

test("one of each group is the member that was drawn", () => {
  const x = constant(
    Array.from({ length: 24 }, (_, i) => i),
    [2, 6, 2],
  )
  const draws = constant([0, 2, 1, 1], [2, 2], "i32")
  const places = constant([0, 5, 1, 4], [2, 2], "i32")
  expect(numbers(oneOfEach(x, draws))).toEqual(numbers(takeBatched(x, places)))
  expect(numbers(sum(mul(oneOfEach(x, draws), 1)))).toEqual([0 + 1 + 10 + 11 + 14 + 15 + 20 + 21])
})
