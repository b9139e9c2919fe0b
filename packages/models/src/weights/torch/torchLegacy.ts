import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import * as TE from "fp-ts/lib/TaskEither.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"
import type { ByteSource } from "../byteSource.ts"
import { weightsErrorOf, type PickleProblem } from "../pickle/pickleFault.ts"
import { itemsOf, type PickleValue, type StorageRef } from "../pickle/pickleValue.ts"
import { unpickle } from "../pickle/unpickle.ts"
import { storedWidth } from "../storedDType.ts"
import type { WeightFile } from "../weightFile.ts"
import type { WeightsError } from "../weightsError.ts"
import { outsidePickle } from "./outsidePickle.ts"
import { torchFile, type Storages } from "./torchFile.ts"

/** torch.serialization.MAGIC_NUMBER */
const magic = 0x1950a86a20f9469cfc6cn

const firstWindow = 1 << 20
const largestWindow = 64 * 2 ** 20

interface Head {
  readonly value: PickleValue
  readonly keys: readonly string[]
  readonly storages: ReadonlyMap<string, StorageRef>
  /** Where the storages begin. */
  readonly end: number
}

const invalid = (rule: string): PickleProblem => ({ _tag: "PickleInvalid", rule })

/** Remembers every storage the state refers to: their element types say how long each is in the file. */
const recording = (storages: Map<string, StorageRef>) => (identity: PickleValue) => {
  const outside = outsidePickle(identity)
  if (outside.kind === "storage") storages.set(outside.key, outside)
  return outside
}

const plain = (bytes: Uint8Array, at: number) => unpickle(bytes, at, outsidePickle)

const keysOf = (value: PickleValue): Either<PickleProblem, readonly string[]> => {
  const keys = itemsOf(value)
  return keys !== undefined && keys.every((key) => typeof key === "string" || typeof key === "number")
    ? E.right(keys.map(String))
    : E.left(invalid("its list of storages is not a list"))
}

/** Magic number, protocol, machine, state, keys of the storages: five pickles, one after the other. */
const parseHead = (bytes: Uint8Array): Either<PickleProblem, Head> => {
  const storages = new Map<string, StorageRef>()
  return pipe(
    plain(bytes, 0),
    E.filterOrElse(
      ({ value }) => value === magic,
      () => invalid("it is a pickle that PyTorch did not write: it lacks PyTorch's magic number"),
    ),
    E.chain(({ end }) => plain(bytes, end)),
    E.chain(({ end }) => plain(bytes, end)),
    E.chain(({ end }) => unpickle(bytes, end, recording(storages))),
    E.chain(({ value, end }) =>
      pipe(
        plain(bytes, end),
        E.chain((list) =>
          E.map((keys: readonly string[]) => ({ value, keys, storages, end: list.end }))(keysOf(list.value)),
        ),
      ),
    ),
  )
}

/** Reads a growing first part of the file until the pickles are complete. */
const readHead = (source: ByteSource, window = firstWindow): TaskEither<WeightsError, Head> =>
  pipe(
    source.read(0, Math.min(window, source.size)),
    TE.chainW((bytes) => {
      const head = parseHead(bytes)
      const mayGrow = bytes.byteLength < source.size && window < largestWindow
      return E.isLeft(head) && head.left._tag === "PickleEnded" && mayGrow
        ? readHead(source, 4 * window)
        : TE.fromEither(E.mapLeft((problem: PickleProblem) => weightsErrorOf(source.file, problem))(head))
    }),
  )

interface Place {
  readonly begin: number
  readonly bytes: number
}

const lengthBytes = 8

const problem = (file: string, rule: string): WeightsError => weightsErrorOf(file, invalid(rule))

const placeAt = (
  source: ByteSource,
  storage: StorageRef | undefined,
  position: number,
): TaskEither<WeightsError, Place> => {
  if (storage === undefined) return TE.left(problem(source.file, "it lists a storage that its state does not mention"))
  if (position + lengthBytes > source.size) return TE.left(problem(source.file, "it ends before its storages do"))
  const width = storage.dtype === undefined ? 1 : storedWidth(storage.dtype)
  return pipe(
    source.read(position, lengthBytes),
    TE.map((bytes) => Number(new DataView(bytes.buffer).getBigInt64(0, true))),
    TE.filterOrElseW(
      (count) => count >= 0 && position + lengthBytes + count * width <= source.size,
      (count) =>
        problem(source.file, `its storage ${storage.key} claims ${count} elements, beyond the end of the file`),
    ),
    TE.map((count) => ({ begin: position + lengthBytes, bytes: count * width })),
  )
}

/** Storages follow in the order of the keys, each behind its number of elements. */
const locate =
  (source: ByteSource, { keys, storages, end }: Head): TaskEither<WeightsError, ReadonlyMap<string, Place>> =>
  async () => {
    const places = new Map<string, Place>()
    let position = end
    for (const key of keys) {
      const place = await placeAt(source, storages.get(key), position)()
      if (E.isLeft(place)) return place
      places.set(key, place.right)
      position = place.right.begin + place.right.bytes
    }
    return E.right(places)
  }

const storagesOf = (source: ByteSource, places: ReadonlyMap<string, Place>): Storages => ({
  file: source.file,
  format: "PyTorch legacy",
  metadata: {},
  bytesOf: ({ key }) => places.get(key)?.bytes,
  read: ({ key }, from, length) => {
    const place = places.get(key)
    return place === undefined || from + length > place.bytes
      ? TE.left(problem(source.file, `its storage ${key} is shorter than a tensor needs`))
      : source.read(place.begin + from, length)
  },
  isBigEndian: false,
  close: source.close,
})

/**
 * Opens what `torch.save` wrote before PyTorch 1.6: five pickles, then raw little-endian storages.
 * Errors: `PickleInvalid`, `GlobalRefused`, `DTypeUnknown`, `EntryInvalid`, `FileUnreadable`.
 */
export const readTorchLegacy = (source: ByteSource): TaskEither<WeightsError, WeightFile> =>
  pipe(
    readHead(source),
    TE.bindTo("head"),
    TE.bind("places", ({ head }) => locate(source, head)),
    TE.chainEitherK(({ head, places }) => torchFile(storagesOf(source, places), head.value)),
  )
