// ONNX models of a few nodes, written as protocol buffers by hand: field numbers from onnx.proto (IR version 8, opset 17).
import { Buffer } from "node:buffer"

const varint = (value) => {
  const bytes = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  return Buffer.from([...bytes, Number(rest)])
}

const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)])
const bytes = (field, content) => Buffer.concat([varint((field << 3) | 2), varint(content.length), content])
const text = (field, value) => bytes(field, Buffer.from(value))
const message = (field, ...parts) => bytes(field, Buffer.concat(parts))

const single = (field, value) => {
  const content = Buffer.alloc(4)
  content.writeFloatLE(value)
  return Buffer.concat([varint((field << 3) | 5), content])
}

/** AttributeProto: name 1, f 2, i 3, ints 8, type 20. */
const attribute = ([name, value]) => {
  if (Array.isArray(value)) return message(5, text(1, name), ...value.map((each) => number(8, each)), number(20, 7))
  if (Number.isInteger(value)) return message(5, text(1, name), number(3, value), number(20, 2))
  return message(5, text(1, name), single(2, value), number(20, 1))
}

/** NodeProto: input 1, output 2, op_type 4, attribute 5. Whole numbers become integer attributes. */
export const node = (operator, inputs, output, attributes = {}) =>
  message(
    1,
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(4, operator),
    ...Object.entries(attributes).map(attribute),
  )

/** ValueInfoProto: name 1, type 2 → tensor_type 1 → elem_type 1 (f32), shape 2 → dim 1 → dim_value 1. */
const value = (field, [name, shape]) =>
  message(
    field,
    text(1, name),
    message(2, message(1, number(1, 1), message(2, ...shape.map((extent) => message(1, number(1, extent)))))),
  )

/** TensorProto of f32: dims 1, data_type 2, name 8, raw_data 9; shape is given by its data. */
const constant = ([name, { shape, data }]) =>
  message(
    5,
    ...shape.map((extent) => number(1, extent)),
    number(2, 1),
    text(8, name),
    bytes(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  )

/** ModelProto: ir_version 1, graph 7, opset_import 8 → version 2. GraphProto: node 1, name 2, initializer 5, input 11, output 12. */
export const model = ({ nodes, inputs, output, constants = {} }) =>
  Buffer.concat([
    number(1, 8),
    message(
      7,
      ...nodes,
      text(2, "subject"),
      ...Object.entries(constants).map(constant),
      ...Object.entries(inputs).map((entry) => value(11, entry)),
      value(12, output),
    ),
    message(8, number(2, 17)),
  ])
