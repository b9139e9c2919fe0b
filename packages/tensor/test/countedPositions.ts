import { expect, test } from "vitest"
import { openDevice, permute, type Tensor } from "../src/index.ts"

/** Elements are their own positions, which f32 holds exactly below 2^24. */
const counted = (shape: readonly number[]) => ({
  shape,
  dtype: "f32" as const,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
})

/** Tests that positions in tensors of so many rows and columns are divided exactly. */
export const testPositions = (shapes: readonly (readonly [rows: number, columns: number])[]): void =>
  test.each(shapes)("positions in [%i, %i] are divided exactly", async (rows, columns) => {
    await using device = await openDevice()
    const shape = [rows, columns]
    using compiled = await device.compile(({ x }: { x: Tensor }) => permute(x, [1, 0]), { x: { shape, dtype: "f32" } })
    const { data } = await device.read(compiled({ x: counted(shape) }))
    let wrong = 0
    for (let column = 0; column < columns; column++)
      for (let row = 0; row < rows; row++) if (data[column * rows + row] !== row * columns + column) wrong++
    expect(wrong).toBe(0)
  })
