import type { WeightsError } from "../weightsError.ts"

/** The error of a zip archive whose claims do not hold. */
export const archiveInvalid = (
  file: string,
  rule: string,
  remedy = "fetch the file again and compare its size and checksum with the source's",
): WeightsError => ({ _tag: "ArchiveInvalid", file, rule, remedy })
