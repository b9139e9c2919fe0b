import * as path from "node:path"
import { renderShard } from "@diva/diva"
import { counted } from "@diva/tensor"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { anyFailure } from "../../failure/anyFailure.ts"
import { Screen } from "../../screen/screen.ts"
import { atLeast, json } from "../../flags/flags.ts"

const flags = {
  out: Flag.String("out").pipe(Flag.withDescription("Folder for the shards")),
  count: atLeast("count", "Scenes", 1, 10_000),
  first: atLeast("first", "Number of the first scene", 0, 0),
  seed: atLeast("seed", "Seed of the scenes", 0, 42),
  size: atLeast("size", "Edge of the pictures, pixels", 8, 64),
  perShard: atLeast("per-shard", "Scenes in a shard", 1, 5000),
  captions: Flag.Literals("captions", ["full", "web"]).pipe(
    Flag.withDescription(
      "full: what distinguishes the scenes of a pair; web: what alt texts say, mostly objects and colours",
    ),
    Flag.withDefault("full" as const),
  ),
  json,
} as const

/** `diva data scenes`: shards of the synthetic world. */
export const scenes = Command.make(
  "scenes",
  flags,
  Effect.fn("data scenes")(function* ({ out, count, first, seed, size, perShard, captions, json: asJson }) {
    const screen = yield* Screen
    const files: string[] = []
    for (let done = 0; done < count; done += perShard) {
      const file = path.join(out, `${String(files.length).padStart(5, "0")}.tar`)
      const part = Math.min(perShard, count - done)
      yield* renderShard({ path: file, count: part, first: first + done, seed, size, captions })
      files.push(file)
    }
    yield* screen.print(
      asJson
        ? JSON.stringify({ files, count, seed, captions }, null, 2)
        : `${counted(count, "scene")} in ${counted(files.length, "shard")} in ${out}`,
    )
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Render shards of captioned scenes of the synthetic world: a function of seed and numbers, the same bytes on every machine.",
  ),
  Command.withShortDescription("Render shards of the synthetic world"),
  Command.withExamples([
    { command: "diva data scenes --count 40000 --captions web --out data/web", description: "What a CLIP learns from" },
    { command: "diva data scenes --count 40000 --out data/full", description: "What a diffusion model learns from" },
  ]),
)
