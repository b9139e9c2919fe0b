import type { HostArray } from "../host/array.ts"
import { showSpec } from "../shape/shape.ts"
import { showNumbers } from "./numbers.ts"
import { showStatistics } from "./statistics.ts"

/** Numbers for people: element type and shape, the numbers themselves (the ends of long axes), statistics. */
export const showValues = ({ shape, dtype, data }: HostArray): string => {
  const statistics = showStatistics(data)
  const spec = `${showSpec({ shape, dtype })}${statistics === "" ? "" : `  ${statistics}`}`
  return shape.length === 0 ? `${spec}  ${showNumbers(data, shape)}` : `${spec}\n${showNumbers(data, shape)}`
}
