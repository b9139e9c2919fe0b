import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { add, constant, f32, input, openDevice, type Device } from "../../src/index.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(() => device.close())

const printedBy = async (work: () => Promise<void>): Promise<readonly string[]> => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  try {
    await work()
    return log.mock.calls.map(([line]) => String(line))
  } finally {
    log.mockRestore()
  }
}

const shown = "f32[2, 2]  mean 3.5, std 1.118, min 2, max 5\n[[2, 3],\n [4, 5]]"
const sum = add(
  constant([
    [1, 2],
    [3, 4],
  ]),
  1,
)

it("an expression shows its numbers, by the references or on a device", async () => {
  expect(await printedBy(() => sum.show())).toEqual([shown])
  expect(await printedBy(() => sum.show(device))).toEqual([shown])
})

it("an array on a device shows its numbers, and reads itself", async () => {
  const array = device.put(sum)
  expect(await printedBy(() => array.show())).toEqual([shown])
  expect([...(await array.read()).data]).toEqual([2, 3, 4, 5])
  array[Symbol.dispose]()
  await expect(array.show()).rejects.toThrow("it was disposed")
})

it("a tree shows each leaf under its path, and leaves no buffer behind", async () => {
  const a = device.put(1)
  const before = device.live()
  expect(await printedBy(() => device.show({ a, b: [sum, f32([1], [7])], c: 3 }))).toEqual([
    "a: f32[]  1",
    `b.0: ${shown}`,
    "b.1: f32[1]\n[7]",
    "c: f32[]  3",
  ])
  await device.finish()
  expect(device.live()).toEqual(before)
})

it("a program's argument has no numbers to show", async () => {
  await expect(input({ shape: [2], dtype: "f32" }, "x").show()).rejects.toThrow(/x/)
})
