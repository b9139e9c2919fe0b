import { createHash, type Hash } from "node:crypto"
import { createReadStream } from "node:fs"
import * as fs from "node:fs/promises"
import type { Checksum } from "./fetchPlan.ts"

const begun = ({ algorithm }: Checksum, bytes: number): Hash =>
  algorithm === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${bytes}\0`)

/** Whether a file's content has a checksum. Rejects where it cannot be read. */
export const hasChecksum = async (file: string, checksum: Checksum): Promise<boolean> => {
  const { size } = await fs.stat(file)
  const hash = begun(checksum, size)
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer)
  return hash.digest("hex") === checksum.hex
}
