import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { Effect } from "effect"
import { completeSettings, readSettingSources, type TrainSettings } from "../../src/settings/index.ts"
import { numbers } from "../data/damage.ts"

type Draw = (bound: number) => number

/** What it makes of a file's text; bytes where no text can say it. */
type ConfigDamage = (text: string, draw: Draw) => string | Uint8Array

const oneOf = <A>(values: readonly A[], draw: Draw): A => values[draw(values.length)]!

const replacedAt = (text: string, at: number, length: number, put: string): string =>
  text.slice(0, at) + put + text.slice(at + length)

/** Leaves out one of the places where a letter stands. */
const without =
  (letter: RegExp): ConfigDamage =>
  (text, draw) => {
    const places = [...text.matchAll(letter)].map(({ index }) => index)
    return replacedAt(text, oneOf(places, draw), 1, "")
  }

const flipped = (text: string, draw: Draw, times: number): Uint8Array => {
  const bytes = new TextEncoder().encode(text)
  for (let i = 0; i < times; i++) bytes[draw(bytes.length)]! ^= 1 << draw(8)
  return bytes
}

const isJson = (text: string): boolean => text.startsWith("{")

/** Another setting, first in the file. */
const begunWith = (text: string, name: string, json: string): string =>
  isJson(text) ? text.replace("{", `{ ${JSON.stringify(name)}: ${json},`) : `"${name}" = ${json}\n${text}`

/** Twenty kinds of damage that hands, editors and disks do to a configuration. */
export const configDamages: Readonly<Record<string, ConfigDamage>> = {
  "nothing in it": () => "",
  "a cut": (text, draw) => text.slice(0, 1 + draw(text.length - 1)),
  "a bit": (text, draw) => flipped(text, draw, 1),
  "twenty bits": (text, draw) => flipped(text, draw, 20),
  "noise in its place": (text, draw) => Uint8Array.from(text, () => draw(256)),
  "a comma or line end lost": without(/[,\n]/g),
  "a quotation mark lost": without(/"/g),
  "a bracket lost": without(/[[\]{}]|$/g),
  "a letter of a name lost": without(/[a-z]/g),
  "a zero byte": (text, draw) => replacedAt(text, draw(text.length), 0, "\0"),
  "a name that is none": (text, draw) =>
    begunWith(text, oneOf(["updats", "Seed", "learning_rate", "", "💥"], draw), "1"),
  "a name of the language": (text, draw) =>
    begunWith(text, oneOf(["__proto__", "constructor", "toString", "hasOwnProperty"], draw), "1"),
  "a value of another kind": (text, draw) =>
    text.replace(/(updates"?\s*[:=]\s*)7/, `$1${oneOf(['"many"', "[]", "true", "-3", "1.5", "1e400", '""'], draw)}`),
  "a number out of range": (text, draw) =>
    text.replace(/(seed"?\s*[:=]\s*)5/, `$1${oneOf(["99999999999999999999", "-1", "0.5", "1e-9"], draw)}`),
  "a base that is not there": (text, draw) =>
    begunWith(text, "extends", oneOf(['"absent.json"', '""', "3", "[7]"], draw)),
  "itself as base": (text) => begunWith(text, "extends", JSON.stringify(isJson(text) ? "run.json" : "run.toml")),
  "brackets without end": (text, draw) => begunWith(text, "data", "[".repeat(50_000 + draw(10))),
  "a byte-order mark and the line ends of Windows": (text) => `\uFEFF${text.replaceAll("\n", "\r\n")}`,
  "another encoding": (text) => Buffer.from(`\uFEFF${text}`, "utf16le"),
  remarks: (text, draw) =>
    text.replaceAll("\n", () => `${isJson(text) ? oneOf([" // x", " /* , */"], draw) : ' # "x'}\n`),
}

/** Kinds after which a file still says the same. */
export const isHarmless = (kind: string): boolean =>
  ["a byte-order mark and the line ends of Windows", "another encoding", "remarks"].includes(kind)

/** Kinds that no file may be read with. */
export const isRefused = (kind: string): boolean =>
  [
    "nothing in it",
    "a name that is none",
    "a value of another kind",
    "a number out of range",
    "a base that is not there",
    "itself as base",
    "brackets without end",
  ].includes(kind)

const whole = {
  "run.json":
    '{\n  "updates": 7,\n  "seed": 5,\n  "learning-rate": 0.5,\n  "data": ["a.tar", "b.tar"],\n  "synthetic-weights": true,\n  "loss": "huber(0.5)"\n}\n',
  "run.toml":
    'updates = 7\nseed = 5\nlearning-rate = 0.5\ndata = [\n  "a.tar",\n  "b.tar"\n]\nsynthetic-weights = true\nloss = "huber(0.5)"\n',
} as const

const names = ["run.json", "run.toml"] as const

/** How a damaged configuration was read: settings, or an error with what it says. */
export type ReadConfig =
  { readonly settings: TrainSettings } | { readonly tag: string; readonly rule: string; readonly remedy: string }

const read = (file: string): Promise<ReadConfig> =>
  Effect.runPromise(
    readSettingSources(file).pipe(
      Effect.flatMap((sources) => completeSettings(...sources.map(({ settings }) => settings))),
      Effect.match({
        onFailure: ({ _tag, rule, remedy }): ReadConfig => ({ tag: _tag, rule, remedy }),
        onSuccess: (settings): ReadConfig => ({ settings }),
      }),
    ),
  )

/** Damages a configuration, JSON or TOML by turns, in one way and reads it; and the same one undamaged. */
export const readDamagedConfig = async (kind: string, seed: number) => {
  const folder = await mkdtemp(path.join(tmpdir(), "damaged-config-"))
  try {
    const name = names[seed % 2]!
    const file = path.join(folder, name)
    await writeFile(file, whole[name])
    const sound = await read(file)
    await writeFile(file, configDamages[kind]!(whole[name], numbers(seed)))
    return { sound, outcome: await read(file) }
  } finally {
    await rm(folder, { recursive: true })
  }
}
