import { elementCount } from "../storedDType.ts"
import { byteLength, type TensorToWrite } from "../tensorToWrite.ts"
import { nameOfDType, storageOfDType } from "../pickle/torchTypes.ts"

/** Instructions of pickle protocol 2, by what they do. */
const code = {
  protocol2: [0x80, 2],
  mark: 0x28,
  emptyDict: 0x7d,
  emptyTuple: 0x29,
  tuple: 0x74,
  reduce: 0x52,
  persistent: 0x51,
  setItems: 0x75,
  falsehood: 0x89,
  stop: 0x2e,
} as const

type Bytes = readonly number[]

const utf8 = new TextEncoder()

const word = (value: number): Bytes => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255]

const global = (module: string, name: string): Bytes => [...utf8.encode(`c${module}\n${name}\n`)]

const text = (value: string): Bytes => {
  const bytes = utf8.encode(value)
  return [0x58, ...word(bytes.byteLength), ...bytes]
}

/** 32 bits where they suffice, else eight bytes of two's complement. */
const integer = (value: number): Bytes =>
  value < 2 ** 31 ? [0x4a, ...word(value)] : [0x8a, 8, ...word(value % 2 ** 32), ...word(Math.floor(value / 2 ** 32))]

const tuple = (items: readonly Bytes[]): Bytes => [code.mark, ...items.flat(), code.tuple]

const noHooks: Bytes = [...global("collections", "OrderedDict"), code.emptyTuple, code.reduce]

const contiguousStrides = (shape: readonly number[]): readonly number[] =>
  shape.map((_, axis) => elementCount(shape.slice(axis + 1).map((length) => Math.max(1, length))))

const storage = (of: Bytes, index: number, count: number): Bytes => [
  ...tuple([text("storage"), of, text(String(index)), text("cpu"), integer(count)]),
  code.persistent,
]

/** Recent element types have no storage of their own: the storage counts bytes, and the tensor says its type. */
const tensor = (value: TensorToWrite, index: number): Bytes => {
  const { dtype, shape } = value
  const own = storageOfDType(dtype)
  const of = own === undefined ? global("torch.storage", "UntypedStorage") : global("torch", own)
  return [
    ...global("torch._utils", own === undefined ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2"),
    ...tuple([
      storage(of, index, own === undefined ? byteLength(value) : elementCount(shape)),
      integer(0),
      tuple(shape.map(integer)),
      tuple(contiguousStrides(shape).map(integer)),
      [code.falsehood],
      noHooks,
      ...(own === undefined ? [global("torch", nameOfDType(dtype) ?? "")] : []),
    ]),
    code.reduce,
  ]
}

/** The pickle of an OrderedDict from names to tensors, tensor i in storage i. */
export const stateDictPickle = (tensors: readonly TensorToWrite[]): Uint8Array =>
  Uint8Array.from([
    ...code.protocol2,
    ...noHooks,
    code.mark,
    ...tensors.flatMap((value, index) => [...text(value.name), ...tensor(value, index)]),
    code.setItems,
    code.stop,
  ])
