import type { HostData } from "../dtype/dtype.ts"
import { callerOf } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { showSpec } from "../shape/shape.ts"
import { showNumbers } from "./numbers.ts"
import { shortPosition } from "./position.ts"

const isPlain = (value: unknown): boolean =>
  ["number", "string", "boolean"].includes(typeof value) ||
  (Array.isArray(value) && value.length <= 8 && value.every((entry) => typeof entry === "number"))

const showAttributes = (attributes: Tensor["attributes"]): readonly string[] =>
  Object.entries(attributes)
    .filter(([, value]) => isPlain(value))
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)

const valuesOf = ({ op, attributes, shape }: Tensor): string | null => {
  if (op.name === "constant") return showNumbers(attributes["data"] as HostData, shape)
  return op.name === "fill" ? `every element ${String(attributes["value"])}` : null
}

const expression = ({ op, inputs, attributes }: Tensor): string =>
  op.name === "input"
    ? `the argument ${JSON.stringify(attributes["path"])}`
    : `${op.name}(${[...inputs.map(showSpec), ...showAttributes(attributes)].join(", ")})`

/** A tensor as text: element type and shape, what it is of what, where it was described; the numbers of a constant. */
export const showTensor = (tensor: Tensor): string => {
  const values = valuesOf(tensor)
  const at = callerOf(tensor.trace.stack)
  const is = values ?? expression(tensor)
  const breaks = is.includes("\n") ? "\n" : " "
  return `Tensor ${showSpec(tensor)} =${breaks}${is}${at === "" ? "" : `${breaks}at ${shortPosition(at)}`}`
}
