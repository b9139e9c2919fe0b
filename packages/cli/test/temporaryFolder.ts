import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { builtInCases } from "@diva/diva/verify"
import { onTestFinished } from "vitest"

/** The cases that come with the program. */
export const builtIn: string = builtInCases

/** A folder that goes when the test ends. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "diva-cli-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A temporary folder with copies of built-in cases. */
export const copyOf = (...cases: readonly string[]): string => {
  const folder = temporaryFolder()
  for (const name of cases) cpSync(join(builtIn, name), join(folder, name), { recursive: true })
  return folder
}

/** Rewrites a JSON file. */
export const editJson = (file: string, change: (document: Record<string, unknown>) => unknown): void =>
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>)))

/** Flips the sign of the first element of the tensor called `name` in a safetensors file. */
export const flipSign = (file: string, name: string): void => {
  const bytes = readFileSync(file)
  const length = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<
    string,
    { readonly dtype: string; readonly data_offsets: readonly [number, number] }
  >
  const { dtype, data_offsets } = header[name]!
  const last = 8 + length + data_offsets[0] + (dtype === "F16" ? 1 : 3)
  bytes[last] = bytes[last]! ^ 0x80
  writeFileSync(file, bytes)
}
