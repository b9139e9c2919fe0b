import sharp from "sharp"
import { expect, it } from "vitest"
import { arange, constant, eye, reshape } from "../../src/index.ts"
import { heatmap, histogram, image, line, scatter } from "../../src/plot/index.ts"
import { countsOf } from "../../src/plot/histogram.ts"
import { ticksOf } from "../../src/plot/range.ts"

it("a line goes from corner to corner", async () => {
  const drawn = await line([0, 1, 2, 3], { title: "up" })
  expect(drawn.text({ columns: 4, rows: 2 })).toBe(["   up", "3 │  ⡠⠊", "0 │⡠⠊", "  └────", "   0  3"].join("\n"))
})

it("a value that is not finite leaves a gap in a line", async () => {
  const [whole, broken] = await Promise.all([line([1, 1, 1, 1, 1]), line([1, 1, NaN, NaN, 1, 1])])
  const rowOf = (drawn: typeof whole) => drawn.text({ columns: 6, rows: 1 }).split("\n")[0]
  expect(rowOf(whole)).toBe("1.5 │⠤⠤⠤⠤⠤⠤")
  expect(rowOf(broken)).toBe("1.5 │⠤⠄  ⠠⠤")
})

it("points lie where they are", async () => {
  const drawn = await scatter([
    [0, 0],
    [1, 1],
  ])
  expect(drawn.text({ columns: 2, rows: 1 })).toBe(["1 │⡀⠈", "  └──", "   0 1"].join("\n"))
})

it("a histogram counts, its upper end in the last part", () => {
  expect(countsOf([0, 0.4, 0.5, 1, NaN, Infinity], 2, [0, 1])).toEqual([2, 2])
})

it("a histogram's bars are as high as their counts", async () => {
  const drawn = await histogram([0, 1, 1, 1, 1], { bins: 2 })
  expect(drawn.text({ columns: 2, rows: 2 })).toBe(["4 │ █", "0 │▄█", "  └──", "   0 1"].join("\n"))
})

it("a heat map's first row is at the top", async () => {
  const drawn = await heatmap([
    [0, 0],
    [0, 1],
  ])
  expect(drawn.text({ columns: 2, rows: 2 })).toBe(["0 │", "2 │ █", "  └──", "   0 2"].join("\n"))
})

it("a terminal shows two pixels in each character of a picture", async () => {
  const drawn = await image(eye(2))
  expect(drawn.text({ colour: true })).toBe(
    "\u001B[38;2;255;255;255;48;2;0;0;0m▀\u001B[0m\u001B[38;2;0;0;0;48;2;255;255;255m▀\u001B[0m",
  )
})

const pixelsOf = async (png: Uint8Array) => {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true })
  return {
    ...info,
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x + 1) * 3)],
  }
}

it("a picture's PNG has its pixels, whichever way its channels lie", async () => {
  const [red, blue] = [
    [1, 0, 0],
    [0, 0, 1],
  ]
  const rows = constant([[red!, blue!]])
  const channels = constant([[[1, 0]], [[0, 0]], [[0, 1]]])
  for (const values of [rows, channels]) {
    const { width, height, at } = await pixelsOf(await (await image(values)).png({ width: 20 }))
    expect([width, height]).toEqual([20, 10])
    expect([at(3, 5), at(16, 5)]).toEqual([
      [255, 0, 0],
      [0, 0, 255],
    ])
  }
})

it.each([
  ["line", () => line(arange(20))],
  ["scatter", () => scatter(reshape(arange(20), [10, 2]), { label: Array.from({ length: 10 }, (_, i) => i % 3) })],
  ["histogram", () => histogram(arange(20))],
  ["heatmap", () => heatmap(reshape(arange(20), [4, 5]), { points: [[1, 1]], label: [1] })],
])("a %s is a PNG of the size asked for, with something drawn", async (_, draw) => {
  const { width, height, channels } = await pixelsOf(await (await draw()).png({ width: 200, height: 120 }))
  expect([width, height, channels]).toEqual([200, 120, 3])
  const { channels: statistics } = await sharp(await (await draw()).png({ width: 200, height: 120 })).stats()
  expect(statistics.some(({ stdev }) => stdev > 10)).toBe(true)
})

it("ticks are round numbers within the range, whichever end is larger", () => {
  expect(ticksOf([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  expect(ticksOf([9.7, -3], 5)).toEqual([0, 5])
  expect(ticksOf([0, 0.013], 4)).toEqual([0, 0.005, 0.01])
})

it("what cannot be drawn is refused with what can", async () => {
  await expect(heatmap([1, 2])).rejects.toThrow("a heat map is drawn of a matrix")
  await expect(scatter([1, 2])).rejects.toThrow("points are [n, 2]")
  await expect(line([1, 2], { x: [1] })).rejects.toThrow("2 values have 1 places")
  await expect(image([1, 2])).rejects.toThrow("take one picture of a batch")
  await expect(histogram([1, 2], { bins: 0 })).rejects.toThrow("from 1 on, got 0")
})
