import { type ClipRow, nearestName } from "@diva/models"
import { Effect } from "effect"
import { ConfigInvalid } from "../../files/configInvalid.ts"
import { readObject } from "../../files/readObject.ts"
import { isRowName } from "../../rows/rows.ts"
import { checkPartial } from "../checkSettings.ts"
import type { PartialSettings } from "../trainSettings.ts"
import { type OriginalCall, originalCall, originalFileCall } from "./originalArguments.ts"
import { imagesOf, originalFlags } from "./originalFlags.ts"

/** An argument of the original as it was given, or was not, with what it means here. */
export interface OriginalMeaning {
  readonly argument: string
  readonly means: string
}

/** A call of the original as settings of this program. */
export interface TranslatedCall {
  readonly settings: PartialSettings
  readonly meanings: readonly OriginalMeaning[]
}

const invalid = (field: string, rule: string, remedy: string): ConfigInvalid =>
  new ConfigInvalid({ field, rule, remedy })

const families: Readonly<Record<string, string>> = {
  OpenAICLIP: "openai-l14",
  SigLIP: "siglip-so400m-14",
  DFN: "dfn-h14",
}

/** Sizes that one flavour alone has; 224 pixels are OpenAI's where no program is named. */
const flavourOf = ({ flavour, given }: OriginalCall, size: string): string => {
  if (flavour !== undefined) return flavour
  if (given.has("metaclip_version")) return "MetaCLIP"
  return { "384": "SigLIP", "378": "DFN" }[size] ?? "OpenAICLIP"
}

const rowOf = (call: OriginalCall): ClipRow | ConfigInvalid => {
  const size = call.given.get("clip_image_size")?.[0] ?? "224"
  const flavour = flavourOf(call, size)
  const version = call.given.get("metaclip_version")?.[0]
  const family = flavour === "MetaCLIP" ? `metaclip-${version === "huge" ? "h14" : "l14"}` : families[flavour]
  const row = `${family}-${size}`
  return isRowName(row)
    ? row
    : invalid("clip_image_size", `the original has no ${flavour} of ${size} pixels`, "name a model with --row instead")
}

/** What the original's libraries do where its call says nothing. Source: transformers 4.39 TrainingArguments; DIVA arguments.py. */
const unsaid = (call: OriginalCall): readonly (readonly [string, Readonly<Record<string, unknown>>])[] => [
  ["train_steps", { "train-steps": 1 }],
  ["learning_rate", { "learning-rate": 5e-5 }],
  ["warmup_ratio", { "warmup-ratio": 0 }],
  ["lr_scheduler_type", { schedule: "linear" }],
  ["per_device_train_batch_size", { batch: 8 }],
  ["gradient_accumulation_steps", { "images-per-update": imagesOf(call), "reference-accumulation": 1 }],
  ["save_steps", { "checkpoint-every": 500 }],
]

const flagsOf = (settings: Readonly<Record<string, unknown>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `--${name} ${String(value)}`)
    .join(", ")

const unknown = (name: string): ConfigInvalid => {
  const nearest = nearestName(name, Object.keys(originalFlags))
  return invalid(
    name,
    `the original has no argument --${name}`,
    nearest === undefined ? "leave it out, or use a flag of diva train instead" : `did you mean --${nearest}?`,
  )
}

const isOff = (values: readonly string[] | undefined): boolean => /^(false|no|0)$/i.test(values?.[0] ?? "")

const problemOf = ({ given }: OriginalCall): ConfigInvalid | undefined => {
  const stranger = [...given.keys()].find((name) => !Object.hasOwn(originalFlags, name))
  if (stranger !== undefined) return unknown(stranger)
  return isOff(given.get("do_train"))
    ? invalid("do_train", "do_train is off: there is nothing to train", "diva eval mmvp scores a CLIP without training")
    : undefined
}

const translated = (
  call: OriginalCall,
  row: ClipRow,
): { settings: Record<string, unknown>; meanings: OriginalMeaning[] } => {
  const settings: Record<string, unknown> = { row }
  const meanings: OriginalMeaning[] = [
    { argument: "its program, clip_image_size, metaclip_version", means: `--row ${row}` },
  ]
  for (const [name, absent] of unsaid(call)) {
    if (call.given.has(name)) continue
    Object.assign(settings, absent)
    meanings.push({ argument: `(no --${name})`, means: `${flagsOf(absent)}, its library's default` })
  }
  for (const [name, values] of call.given) {
    if (name === "clip_image_size" || name === "metaclip_version") continue
    const argument = [`--${name}`, ...values].join(" ")
    if (name === "dataset_path") {
      settings["data"] = values
      meanings.push({ argument, means: `--data ${values.join(", ")}` })
      continue
    }
    const { settings: said = {}, means } = originalFlags[name]!(values.join(" "), call)
    Object.assign(settings, said)
    meanings.push({ argument, means })
  }
  return { settings, meanings }
}

const callOf = (line: readonly string[]) => {
  const [only = ""] = line
  return line.length === 1 && only.endsWith(".json")
    ? Effect.map(readObject(only), originalFileCall)
    : Effect.succeed(originalCall(line))
}

/**
 * The settings that a call of the original means here, with a list of what became of each argument: the arguments of one of its programs,
 * the line of a launch script, or the one `.json` file that they take instead.  Errors: `ConfigInvalid`, `FileUnreadable`.
 */
export const fromOriginal = Effect.fnUntraced(function* (line: readonly string[]) {
  const call = yield* callOf(line)
  const problem = problemOf(call)
  if (problem !== undefined) return yield* problem
  const row = rowOf(call)
  if (typeof row !== "string") return yield* row
  const { settings, meanings } = translated(call, row)
  return { settings: yield* checkPartial(settings), meanings } satisfies TranslatedCall
})
