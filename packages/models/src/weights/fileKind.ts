import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import type { WeightsError } from "./weightsError.ts"

/** The container a file's first bytes tell. */
export type FileKind = "safetensors" | "zip" | "pickle"

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  bytes.byteLength >= text.length && [...text].every((letter, i) => bytes[i] === letter.charCodeAt(0))

/** What other files begin with, and what to do about each. */
const strangers: readonly (readonly [signature: string, what: string, remedy: string])[] = [
  ["version https://git-lfs", "a git-lfs pointer, not the file itself", "fetch the file itself: git lfs pull"],
  ["<", "a web page", "download the file itself; a login or error page saved under its name is the usual cause"],
  ["{", "JSON text", "name the file of weights, or its .index.json"],
  ["\x1f\x8b", "compressed by gzip", "unpack it first: gunzip"],
  ["\x28\xb5\x2f\xfd", "compressed by zstandard", "unpack it first: unzstd"],
  ["BZh", "compressed by bzip2", "unpack it first: bunzip2"],
  ["GGUF", "a GGUF file", "name the model's original checkpoint"],
  ["\x89HDF", "an HDF5 file", "name the model's PyTorch or safetensors checkpoint"],
  ["\x93NUMPY", "a NumPy array", "name a checkpoint of named tensors"],
]

const unknown = (file: string, what: string, remedy: string): WeightsError => ({
  _tag: "FormatUnknown",
  file,
  rule: `it is ${what}, neither safetensors nor anything PyTorch wrote`,
  remedy,
})

/** Tells the container by a file's first 16 bytes or more, whatever it is called. Errors: `FormatUnknown`. */
export const fileKind = (first: Uint8Array, file: string): Either<WeightsError, FileKind> => {
  if (startsWith(first, "PK\x03\x04") || startsWith(first, "PK\x05\x06")) return E.right("zip")
  if (first[8] === 0x7b) return E.right("safetensors")
  if (first[0] === 0x80) return E.right("pickle")
  const stranger = strangers.find(([signature]) => startsWith(first, signature))
  if (stranger !== undefined) return E.left(unknown(file, stranger[1], stranger[2]))
  return file.endsWith(".safetensors")
    ? E.right("safetensors")
    : E.left(
        unknown(
          file,
          first.byteLength === 0 ? "empty" : "of an unknown kind",
          "check the path, or fetch the file again",
        ),
      )
}
