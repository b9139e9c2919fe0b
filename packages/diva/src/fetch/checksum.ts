import { createHash, type Hash } from "node:crypto"
import { Effect } from "effect"
import type { FileError } from "@diva/models"
import { addToHash } from "../files/addToHash.ts"
import { reading, storage } from "../files/storage.ts"
import type { Checksum } from "./fetchPlan.ts"

const begun = ({ algorithm }: Checksum, bytes: bigint): Hash =>
  algorithm === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${bytes}\0`)

/** Whether a file's content has a checksum. Errors: `FileUnreadable`. */
export const hasChecksum = Effect.fnUntraced(function* (
  file: string,
  checksum: Checksum,
): Effect.fn.Return<boolean, FileError> {
  const { files } = yield* storage
  const { size } = yield* reading(file)(files.stat(file))
  const hash = begun(checksum, size)
  yield* addToHash(hash, file)
  return hash.digest("hex") === checksum.hex
})
