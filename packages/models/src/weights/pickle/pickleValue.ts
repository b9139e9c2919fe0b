import type { StoredDType } from "../storedDType.ts"

/** A class or function a pickle names. It is a name and stays one: nothing looks it up. */
export interface PickleGlobal {
  readonly kind: "global"
  readonly name: string
}

export interface PickleTuple {
  readonly kind: "tuple"
  readonly items: readonly PickleValue[]
}

export interface PickleList {
  readonly kind: "list" | "set"
  readonly items: PickleValue[]
}

export interface PickleDict {
  readonly kind: "dict"
  readonly entries: Map<PickleValue, PickleValue>
}

/** An instance of a class we do not interpret: what the pickle says of it, as data. */
export interface PickleObject {
  readonly kind: "object"
  readonly of: string
  readonly args: readonly PickleValue[]
  readonly entries: Map<PickleValue, PickleValue>
  readonly items: PickleValue[]
  state: PickleValue
}

/** A run of elements outside the pickle. `dtype` is undefined where each tensor names its own: `count` are then bytes. */
export interface StorageRef {
  readonly kind: "storage"
  readonly key: string
  readonly dtype: StoredDType | undefined
  readonly count: number
  /** Where it begins in the storage of that key, in elements: legacy files share storages by views. */
  readonly begin: number
}

/** Bits of a view that change what its elements mean: −x, and for complex numbers the conjugate. */
export type SignBit = "neg" | "conj"

/** A view of a storage: element (i, j, …) lies at offset + i·strides[0] + j·strides[1] + … */
export interface TensorRef {
  readonly kind: "tensor"
  readonly storage: StorageRef
  readonly dtype: StoredDType
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly signs: readonly SignBit[]
}

/** What an unpickled value can be: data only. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleGlobal
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleObject
  | StorageRef
  | TensorRef

type Node = Extract<PickleValue, { readonly kind: string }>

/** Whether a value is of one of these kinds. */
export const isKind = <K extends Node["kind"]>(
  value: PickleValue | undefined,
  ...kinds: readonly K[]
): value is Extract<Node, { readonly kind: K }> =>
  typeof value === "object" && value !== null && "kind" in value && (kinds as readonly string[]).includes(value.kind)

export const tupleOf = (items: readonly PickleValue[]): PickleTuple => ({ kind: "tuple", items })

export const dictOf = (entries: Iterable<readonly [PickleValue, PickleValue]> = []): PickleDict => ({
  kind: "dict",
  entries: new Map(entries),
})

export const objectOf = (of: string, args: readonly PickleValue[] = []): PickleObject => ({
  kind: "object",
  of,
  args,
  entries: new Map(),
  items: [],
  state: null,
})

/** The items of a tuple, list or set; undefined for anything else. */
export const itemsOf = (value: PickleValue | undefined): readonly PickleValue[] | undefined =>
  isKind(value, "tuple", "list", "set") ? value.items : undefined
