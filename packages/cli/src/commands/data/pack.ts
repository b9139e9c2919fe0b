import { packFolder } from "@diva/diva"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { anyFailure } from "../../failure/anyFailure.ts"
import { Screen } from "../../screen/screen.ts"
import { json } from "../../flags/flags.ts"
import { shardFlags, storeOf } from "./shardFlags.ts"
import { renderMade, shardProgress } from "./shardProgress.ts"

const folder = Argument.String("folder").pipe(Argument.withDescription("Folder of pictures, at any depth"))

const captions = Flag.String("captions").pipe(
  Flag.withDescription(
    "Table of captions (.csv, .tsv, .jsonl, .parquet) with a column of file names; otherwise those in .txt and .json beside pictures",
  ),
  Flag.optional,
)

/** `diva data pack`: shards of a folder of pictures. */
export const pack = Command.make(
  "pack",
  { folder, captions, ...shardFlags("no"), json },
  Effect.fn("pack")(function* ({ folder: pictures, captions, out, perShard, keepDuplicates, json: asJson, ...store }) {
    const screen = yield* Screen
    const { clear, ...progress } = yield* shardProgress(asJson)
    const made = yield* packFolder({
      pictures,
      folder: out,
      store: yield* storeOf("diva data pack", store),
      perShard,
      keepDuplicates,
      ...(Option.isSome(captions) ? { captions: captions.value } : {}),
      ...progress,
    })
    yield* clear
    yield* screen.print(asJson ? JSON.stringify(made, null, 2) : renderMade(made, out))
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Make webdataset shards of a folder of pictures, in the order of their paths: picture, caption and metadata of each, in " +
      "img2dataset's layout. Pictures that cannot be decoded are left out and recorded with the reason.",
  ),
  Command.withShortDescription("Make shards of a folder of pictures"),
  Command.withExamples([
    { command: "diva data pack photos --out data/photos", description: "Pack pictures as they are" },
    {
      command: "diva data pack photos --captions captions.csv --resize-mode keep_ratio --out data/photos",
      description: "Shrink larger ones to 512 pixels, with captions from a table",
    },
  ]),
)
