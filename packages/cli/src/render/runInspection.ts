import { printable } from "@diva/models"
import { counted, columns } from "@diva/tensor"
import type { RunInspection } from "../weights/inspectRun.ts"
import type { Style } from "../text/style.ts"

const text = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined ? "unknown" : JSON.stringify(value)

const updatesOf = (settings: RunInspection["manifest"]["settings"]): string => {
  const { optimisation } = settings
  return typeof optimisation === "object" && optimisation !== null && "updates" in optimisation
    ? String(optimisation.updates)
    : "unknown"
}

const launchLine = ({ started, outcome, error, update }: RunInspection["manifest"]["launches"][number]): string =>
  `${started}  ${outcome}${error === undefined ? "" : ` (${error})`}${update === undefined ? "" : `, at update ${update}`}`

const what = ({ folder, saved, exports }: RunInspection): readonly string[] => {
  const whole = exports.map(printable).join(", ")
  if (exports.length > 0) return [`whole CLIPs   ${whole}`]
  return saved.length === 0 ? [] : [`whole CLIP    diva export ${printable(folder)} OUT writes it`]
}

const samplesIn = (shards: readonly { readonly samples: number }[]): number =>
  shards.reduce((sum, { samples }) => sum + samples, 0)

/** A run's folder as text. */
export const renderRunInspection = (inspection: RunInspection, style: Style): string => {
  const { folder, manifest, saved } = inspection
  const { row, settings, data, sources, launches } = manifest
  const rows = [
    ...(row === undefined ? [] : [["row", `${printable(row.name)}, ${printable(row.title)}`]]),
    ["updates", updatesOf(settings)],
    ["saved", saved.length === 0 ? "nothing yet" : saved.map((update) => `after update ${update}`).join(", ")],
    ["condition", text(settings["condition"])],
    ["seed", text(settings["seed"])],
    ...(data.shards === undefined
      ? []
      : [["data", `${counted(data.shards.length, "shard")}, ${counted(samplesIn(data.shards), "sample")}`]]),
    ...(sources?.clip === undefined ? [] : [["clip", printable(sources.clip)]]),
    ...(sources?.sd === undefined ? [] : [["sd", printable(sources.sd)]]),
  ]
  return [
    `${style.strong("run")}           ${printable(folder)}`,
    ...columns(rows, ["left", "left"]).map((line) => `  ${line}`),
    style.strong("launches"),
    ...launches.map((launch) => `  ${launchLine(launch)}`),
    ...what(inspection),
  ].join("\n")
}

/** The same as data. */
export const runInspectionData = ({ folder, manifest, saved, exports }: RunInspection) => ({
  kind: "run",
  folder,
  saved,
  exports,
  manifest,
})
