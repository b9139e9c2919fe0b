import type { DataReport } from "@diva/diva"
import { counted, columns } from "@diva/tensor"
import { showBytes, showCount, showSeconds } from "../text/number.ts"
import type { Style } from "../text/style.ts"

type Spread = DataReport["width"]

const range = ({ min, median, max }: Spread, show: (value: number) => string): readonly string[] =>
  [min, median, max].map(show)

const shownBad = 8

const badLines = ({ bad, reasons }: DataReport, style: Style): readonly string[] =>
  bad.length === 0
    ? []
    : [
        style.bad(counted(bad.length, "bad sample")),
        ...columns(
          Object.entries(reasons)
            .toSorted(([, a], [, b]) => b - a)
            .map(([reason, count]) => [`  ${showCount(count)}`, reason]),
          ["right", "left"],
        ),
        ...bad.slice(0, shownBad).map(({ shard, key, rule }) => style.faint(`  ${shard}, ${key}: ${rule}`)),
        ...(bad.length > shownBad ? [style.faint(`  … --list FILE writes all ${showCount(bad.length)}`)] : []),
      ]

/** What data are, as text. */
export const renderDataReport = (report: DataReport, style: Style): string => {
  const { shards, samples, good, duplicates, withoutCaption, bytes, seconds } = report
  const rate = seconds > 0 ? good / seconds : 0
  return [
    `${style.strong(showCount(good))} good of ${counted(samples, "sample")} in ${counted(shards, "shard or folder", "shards and folders")}, ` +
      `${showBytes(bytes)}; ${counted(duplicates, "has", "have")} the bytes of an earlier one, ${counted(withoutCaption, "has", "have")} no caption`,
    ...columns(
      [
        ["", "smallest", "median", "largest"],
        ["width", ...range(report.width, showCount)],
        ["height", ...range(report.height, showCount)],
        ["bytes", ...range(report.pictureBytes, showBytes)],
      ],
      ["left", "right", "right", "right"],
    ),
    `read and decoded in ${showSeconds(seconds)}: ${counted(Math.round(rate), "picture")} and ${showBytes(seconds > 0 ? bytes / seconds : 0)} a second`,
    ...report.warnings.map((warning) => `${style.bad("note")}  ${warning}`),
    ...badLines(report, style),
  ].join("\n")
}
