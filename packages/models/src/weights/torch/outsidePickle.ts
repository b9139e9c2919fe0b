import { refuse, refuseDType } from "../pickle/pickleFault.ts"
import { isKind, itemsOf, type PickleGlobal, type PickleValue, type StorageRef } from "../pickle/pickleValue.ts"
import { dtypeOfStorage, isUntypedStorage } from "../pickle/torchTypes.ts"

const isCount = (value: PickleValue | undefined): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0

/** A view (key, first element, elements) of a storage: files from before PyTorch 0.4 share storages so. */
const beginOf = (view: PickleValue | undefined): number => {
  if (view === undefined || view === null) return 0
  const offset = itemsOf(view)?.[1]
  return isCount(offset) ? offset : refuse("it has a view of a storage without a starting position")
}

const countOf = (count: PickleValue | undefined, view: PickleValue | undefined): number => {
  const own = view === undefined || view === null ? count : itemsOf(view)?.[2]
  return isCount(own) ? own : refuse("one of its storages has no length")
}

/** Reads ("storage", class, key, location, count, view) as PyTorch writes for each storage. */
const storageOf = ([, of, key, , count, view]: readonly PickleValue[]): StorageRef => {
  if (!isKind(of, "global") || (typeof key !== "string" && typeof key !== "number"))
    return refuse("one of its storages has no class or no key")
  const dtype = dtypeOfStorage(of.name)
  if (dtype === undefined && !isUntypedStorage(of.name)) return refuseDType(String(key), of.name)
  return { kind: "storage", key: String(key), dtype, count: countOf(count, view), begin: beginOf(view) }
}

/**
 * What PyTorch refers to outside a pickle: a storage, or in whole models of the legacy format a class with its source
 * text, of which only the class's name is kept.
 */
export const outsidePickle = (identity: PickleValue): StorageRef | PickleGlobal => {
  const items = itemsOf(identity) ?? []
  const [tag, of] = items
  if (tag === "storage") return storageOf(items)
  return tag === "module" && isKind(of, "global")
    ? of
    : refuse("it refers to something outside it that is not a storage")
}
