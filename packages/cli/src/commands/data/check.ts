import { encodeJpeg } from "@diva/models"
import { checkData, contactSheet, type DataReport, writeBytes, writeText } from "@diva/diva"
import { counted } from "@diva/tensor"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { anyFailure } from "../../failure/anyFailure.ts"
import { progressLine } from "../../screen/progressLine.ts"
import { renderDataReport } from "../../render/dataReport.ts"
import { styleFor } from "../../text/style.ts"
import { Screen } from "../../screen/screen.ts"
import { atLeast, json } from "../../flags/flags.ts"

const sources = Argument.String("shards").pipe(
  Argument.withDescription("Shards, folders of them or of pictures, quoted patterns, lists (.txt)"),
  Argument.variadic({ min: 1 }),
)

const exampleSize = 128

const flags = {
  sheet: Flag.String("sheet").pipe(
    Flag.withDescription("Write example pictures to this file, as one JPEG"),
    Flag.optional,
  ),
  examples: atLeast("examples", "Pictures on the sheet, spread evenly over the data", 1, 48),
  list: Flag.String("list").pipe(
    Flag.withDescription("Write file, key and reason of every bad sample to this file, one JSON line each"),
    Flag.optional,
  ),
  json,
} as const

const sheetOf = ({ examples }: DataReport) => Effect.promise(() => encodeJpeg(contactSheet(examples, exampleSize)))

const badLines = ({ bad }: DataReport): string =>
  bad.map(({ shard, key, rule }) => `${JSON.stringify({ file: shard, key, reason: rule })}\n`).join("")

const dataOf = ({ bad, examples, ...report }: DataReport) => ({ ...report, bad: bad.length, examples: examples.length })

/** `diva data check`: read everything once and say what it is. */
export const check = Command.make(
  "check",
  { sources, ...flags },
  Effect.fn("check")(function* ({ sources, sheet, examples, list, json: asJson }) {
    const screen = yield* Screen
    const line = yield* progressLine(asJson)
    const onSample = (done: number, total: number) => line.show({ done, total, label: "samples" })
    const report = yield* checkData({ sources, examples, exampleSize, onSample })
    yield* line.clear
    if (Option.isSome(sheet)) yield* writeBytes(sheet.value, yield* sheetOf(report))
    if (Option.isSome(list)) yield* writeText(list.value, badLines(report))
    if (asJson) return yield* screen.print(JSON.stringify(dataOf(report), null, 2))
    yield* screen.print(renderDataReport(report, styleFor(screen.isColourful)))
    if (Option.isSome(sheet)) yield* screen.print(`${sheet.value} shows ${counted(report.examples.length, "example")}`)
    if (Option.isSome(list)) yield* screen.print(`${list.value} lists ${counted(report.bad.length, "bad sample")}`)
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Read all data once and report on it: samples, bad ones by reason, sizes, duplicates, throughput. Reading continues after " +
      "damaged parts of a shard.",
  ),
  Command.withShortDescription("Read all data once and report"),
  Command.withExamples([
    {
      command: 'diva data check "cc3m/*.tar" --sheet sheet.jpg',
      description: "Numbers, and a sheet of example pictures",
    },
    { command: "diva data check photos --list bad.jsonl", description: "Which pictures of a folder are bad?" },
  ]),
)
