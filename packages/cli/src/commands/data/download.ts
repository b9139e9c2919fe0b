import { downloadList } from "@diva/diva"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { anyFailure } from "../../failure/anyFailure.ts"
import { Screen } from "../../screen/screen.ts"
import { atLeast, json, yes } from "../../flags/flags.ts"
import { shardFlags, storeOf } from "./shardFlags.ts"
import { renderMade, shardProgress } from "./shardProgress.ts"

const list = Argument.String("list").pipe(
  Argument.withDescription("List of addresses: .tsv, .csv, .jsonl, .txt (each may end in .gz) or .parquet"),
)

const columnFlag = (name: string, meaning: string) =>
  Flag.String(`${name}-column`).pipe(Flag.withDescription(meaning), Flag.optional)

const flags = {
  urlColumn: columnFlag("url", "Column of addresses (found by its usual names)"),
  captionColumn: columnFlag("caption", "Column of captions (found by its usual names)"),
  ...shardFlags("keep_ratio"),
  concurrency: atLeast("concurrency", "Pictures requested at once", 1, 64),
  perHost: atLeast("per-host", "Pictures requested from one server at once", 1, 8),
  retries: atLeast("retries", "Further tries after the first, with growing waits", 0, 2),
  timeout: atLeast("timeout", "Seconds to wait for one answer", 1, 10),
  allowPrivate: yes(
    "allow-private",
    "Also allow addresses of this machine and its network; do not give it for lists you do not trust",
  ),
  json,
} as const

const named = (url: Option.Option<string>, caption: Option.Option<string>) => ({
  ...(Option.isSome(url) ? { url: url.value } : {}),
  ...(Option.isSome(caption) ? { caption: caption.value } : {}),
})

/** `diva data download`: what img2dataset does. */
export const download = Command.make(
  "download",
  { list, ...flags },
  Effect.fn("download")(function* (given) {
    const screen = yield* Screen
    const { list: file, out, timeout, json: asJson, urlColumn, captionColumn, ...rest } = given
    const { clear, onRow, onShard } = yield* shardProgress(asJson)
    const { perShard, keepDuplicates, concurrency, perHost, retries, allowPrivate } = rest
    const made = yield* downloadList({
      list: file,
      folder: out,
      columns: named(urlColumn, captionColumn),
      store: yield* storeOf("diva data download", rest),
      timeout: timeout * 1000,
      perShard,
      keepDuplicates,
      concurrency,
      perHost,
      retries,
      allowPrivate,
      onRow,
      onShard,
    })
    yield* clear
    yield* screen.print(asJson ? JSON.stringify(made, null, 2) : renderMade(made, out))
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Download the pictures of a list into webdataset shards, in img2dataset's layout: NNNNN.tar, NNNNN.parquet (all rows, failures " +
      "with their reasons) and NNNNN_stats.json. If interrupted, the same command continues with the shard it was at. Private and " +
      "loopback addresses are refused, and pictures whose owners do not want them used for training are left out.",
  ),
  Command.withShortDescription("Download the pictures of a list into shards"),
  Command.withExamples([
    {
      command: "diva data download Train_GCC-training.tsv --out data/cc3m",
      description: "Conceptual Captions, 512 pixels",
    },
    {
      command:
        "diva data download list.parquet --url-column URL --caption-column TEXT --resize-mode center_crop --image-size 256",
      description: "Other columns, other sizes",
    },
  ]),
)
