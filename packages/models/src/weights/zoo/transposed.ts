import { storedWidth } from "../storedDType.ts"
import type { StoredTensor } from "../storedTensor.ts"

/** A matrix turned, whatever its element type. */
export const transposed = ({ bytes, dtype, shape, ...rest }: StoredTensor): StoredTensor => {
  const [rows = 1, columns = 1] = shape
  const width = storedWidth(dtype)
  const turned = new Uint8Array(bytes.byteLength)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * width
      turned.set(bytes.subarray(from, from + width), (column * rows + row) * width)
    }
  return { ...rest, dtype, shape: shape.toReversed(), bytes: turned }
}
