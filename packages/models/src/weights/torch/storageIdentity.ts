import { refuse, refuseDType } from "../pickle/pickleFault.ts"
import { isKind, itemsOf, type PickleValue, type StorageRef } from "../pickle/pickleValue.ts"
import { dtypeOfStorage, isUntypedStorage } from "../pickle/torchTypes.ts"

const isCount = (value: PickleValue | undefined): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0

/** A view (key, first element, elements) of a storage: files from before PyTorch 0.4 share storages so. */
const beginOf = (view: PickleValue | undefined): number => {
  if (view === undefined || view === null) return 0
  const offset = itemsOf(view)?.[1]
  return isCount(offset) ? offset : refuse("a view of a storage in it begins at no position")
}

const countOf = (count: PickleValue | undefined, view: PickleValue | undefined): number => {
  const own = view === undefined || view === null ? count : itemsOf(view)?.[2]
  return isCount(own) ? own : refuse("a storage of it has no length")
}

/** Reads ("storage", class, key, location, count, view) as PyTorch writes for each storage. */
export const storageOf = (identity: PickleValue): StorageRef => {
  const [tag, of, key, , count, view] = itemsOf(identity) ?? []
  if (tag !== "storage" || !isKind(of, "global") || (typeof key !== "string" && typeof key !== "number"))
    return refuse("it refers to something outside it that is no storage")
  const dtype = dtypeOfStorage(of.name)
  if (dtype === undefined && !isUntypedStorage(of.name)) return refuseDType(String(key), of.name)
  return { kind: "storage", key: String(key), dtype, count: countOf(count, view), begin: beginOf(view) }
}
