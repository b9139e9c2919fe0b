import { createHash } from "node:crypto"

/** Sixteen hexadecimal digits of a value's content. */
export const hashed = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16)
