import type { StoredDType } from "../storedDType.ts"
import { refuse, refuseDType } from "./pickleFault.ts"
import { isKind, itemsOf, type PickleValue, type SignBit, type StorageRef, type TensorRef } from "./pickleValue.ts"
import { dtypeOfName } from "./torchTypes.ts"

type Args = readonly PickleValue[]

const maxAxes = 64

const isCount = (value: PickleValue | undefined): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0

const countsOf = (value: PickleValue | undefined): readonly number[] => {
  const items = itemsOf(value)
  return items !== undefined && items.length <= maxAxes && items.every(isCount)
    ? (items as readonly number[])
    : refuse("one of its tensors has a shape or strides that are not lists of counts")
}

const storageOf = (value: PickleValue | undefined): StorageRef =>
  isKind(value, "storage") ? value : refuse("one of its tensors has no storage")

const isSignBit = (name: PickleValue): name is SignBit => name === "neg" || name === "conj"

/** {"neg": True}: what a tensor says of itself beside its numbers. What is not understood may not be passed over. */
const signsOf = (metadata: PickleValue | undefined): readonly SignBit[] => {
  if (metadata === undefined || metadata === null) return []
  if (!isKind(metadata, "dict")) return refuse("one of its tensors is described by something that is not a dict")
  const said = [...metadata.entries].filter(([, value]) => value !== false).map(([name]) => name)
  const strange = said.find((name) => !isSignBit(name))
  return strange === undefined
    ? said.filter(isSignBit)
    : refuse(`one of its tensors is marked "${String(strange)}", which this package does not know`)
}

const view = (
  storage: StorageRef,
  dtype: StoredDType,
  [, offset, shape, strides]: Args,
  metadata?: PickleValue,
): TensorRef => {
  const [axes, steps] = [countsOf(shape), countsOf(strides)]
  if (!isCount(offset)) return refuse("one of its tensors lacks a starting position")
  if (axes.length !== steps.length)
    return refuse("one of its tensors has a number of strides other than its number of axes")
  return { kind: "tensor", storage, dtype, offset, shape: axes, strides: steps, signs: signsOf(metadata) }
}

/** torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks, metadata) */
export const tensor = (args: Args): TensorRef => {
  const storage = storageOf(args[0])
  return view(storage, storage.dtype ?? refuse("one of its tensors has no element type"), args, args[6])
}

/** torch._utils._rebuild_tensor_v3(storage, offset, shape, strides, requires_grad, hooks, dtype, metadata) */
export const tensorOfDType = (args: Args): TensorRef => {
  const named = args[6]
  if (!isKind(named, "global")) return refuse("one of its tensors has no element type")
  const storage = storageOf(args[0])
  return view(storage, dtypeOfName(named.name) ?? refuseDType(storage.key, named.name), args, args[7])
}

/** torch._utils._rebuild_parameter(data, requires_grad, hooks): a parameter is its tensor. */
export const parameter = ([data]: Args): PickleValue => data ?? refuse("one of its parameters has no data")

/** torch._tensor._rebuild_from_type_v2(function, type, args, state): `function`, of the closed list, on `args`. */
export const fromTypedTensor = (
  [by, , args]: Args,
  construct: (global: string, args: Args) => PickleValue,
): PickleValue =>
  isKind(by, "global")
    ? construct(by.name, itemsOf(args) ?? [])
    : refuse("one of its tensors is rebuilt by something without a name")
