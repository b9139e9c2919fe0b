import * as path from "node:path"
import { nearestName } from "@diva/models"
import { agreeing, counted } from "@diva/tensor"
import { Data } from "effect"

/** A pattern, list or folder in which no data was found, or not all of it. */
export class ShardsNotFound extends Data.TaggedError("ShardsNotFound")<{
  readonly pattern: string
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return `${this.pattern}: ${this.rule}`
  }
}

/** The error of a pattern or folder without data, `present` being what is there. */
export const nothingFound = (pattern: string, folder: string, present: readonly string[]): ShardsNotFound => {
  const nearest = nearestName(path.basename(pattern), present)
  const shown = present.slice(0, 3).join(", ")
  return new ShardsNotFound({
    pattern,
    folder,
    rule: present.length === 0 ? `the folder ${folder} is empty` : `nothing in ${folder} matches; it holds ${shown}…`,
    remedy:
      nearest === undefined
        ? 'give a pattern such as "data/*.tar", a tar file, or a folder of tar files or pictures'
        : `did you mean ${path.join(folder, nearest)}?`,
  })
}

const shownAbsent = 8

/** Braces spell every path out: one that is not there was meant to be. */
export const someAbsent = (pattern: string, missing: readonly string[], of: number): ShardsNotFound => {
  const names = missing.slice(0, shownAbsent).map((file) => path.basename(file))
  const more = missing.length > names.length ? `, … (${missing.length})` : ""
  return new ShardsNotFound({
    pattern,
    folder: path.dirname(missing[0]!),
    rule: `${missing.length} of the ${counted(of, "file")} it names ${agreeing(missing.length, "is", "are")} absent: ${names.join(", ")}${more}`,
    remedy: 'fetch what is absent, or name what is there: "data/*.tar", or a shorter range',
  })
}
