import type { FileError } from "./fileError.ts"
import { printable } from "./printable.ts"

/** What a file says and what was wanted, where two shapes of one tensor differ. */
export interface ShapeDifference {
  readonly key: string
  readonly expected: readonly number[]
  readonly found: readonly number[]
}

/** A name without partner, with the nearest unpartnered name of the other side where one is close. */
export interface UnmatchedName {
  readonly key: string
  readonly nearest?: string
}

interface InFile {
  readonly file: string
  readonly rule: string
  readonly remedy: string
}

interface AtKey extends InFile {
  readonly key: string
}

/** Everything that can be wrong with a file of weights, as data naming the file and, where there is one, the tensor. */
export type WeightsError =
  | FileError
  | (InFile & { readonly _tag: "HeaderInvalid" })
  | (AtKey & { readonly _tag: "EntryInvalid" })
  | (AtKey & { readonly _tag: "DuplicateName" })
  | (AtKey & { readonly _tag: "DTypeUnknown"; readonly dtype: string })
  | (AtKey & { readonly _tag: "ByteRangeInvalid"; readonly begin: number; readonly end: number })
  | (AtKey & { readonly _tag: "TensorMissing" })
  | (AtKey & { readonly _tag: "NotConvertible" })
  | (AtKey & { readonly _tag: "NotFinite" })
  | (InFile & { readonly _tag: "FormatUnknown" })
  | (InFile & { readonly _tag: "ArchiveInvalid" })
  | (InFile & { readonly _tag: "PickleInvalid" })
  | (InFile & { readonly _tag: "GlobalRefused"; readonly global: string })
  | (InFile & { readonly _tag: "ShardsInvalid" })
  | NamesMismatch

/** All differences between the names and shapes a model needs and those a file holds. */
export interface NamesMismatch extends InFile {
  readonly _tag: "NamesMismatch"
  readonly missing: readonly UnmatchedName[]
  readonly unexpected: readonly UnmatchedName[]
  readonly wrongShape: readonly ShapeDifference[]
}

const shownPerGroup = 12

const group = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0
    ? []
    : [
        `  ${title} (${lines.length})`,
        ...lines.slice(0, shownPerGroup).map((line) => `    ${line}`),
        ...(lines.length > shownPerGroup ? [`    … and ${lines.length - shownPerGroup} more`] : []),
      ]

const unmatched = ({ key, nearest }: UnmatchedName): string =>
  nearest === undefined ? printable(key) : `${printable(key)}   — did you mean ${printable(nearest)}?`

const differences = (error: WeightsError): readonly string[] =>
  error._tag !== "NamesMismatch"
    ? []
    : [
        ...group("missing", error.missing.map(unmatched)),
        ...group("unexpected", error.unexpected.map(unmatched)),
        ...group(
          "wrong shape",
          error.wrongShape.map(
            ({ key, expected, found }) => `${printable(key)}: needs [${expected}], file has [${found}]`,
          ),
        ),
      ]

/** The text of an error: what, in which file and tensor, and what to try. */
export const renderWeightsError = (error: WeightsError): string =>
  [
    `${error._tag} in ${printable(error.file)}${"key" in error ? `, tensor ${printable(error.key)}` : ""}: ${printable(error.rule)}`,
    ...differences(error),
    `  try  ${error.remedy}`,
  ].join("\n")
