import { classKinds, writeClassSet } from "@diva/diva"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { anyFailure } from "../../failure/anyFailure.ts"
import { Screen } from "../../screen/screen.ts"
import { atLeast, json } from "../../flags/flags.ts"

const flags = {
  out: Flag.String("out").pipe(Flag.withDescription("Folder of the data set")),
  of: Flag.Literals("of", classKinds).pipe(
    Flag.withDescription("What the classes are: the things in the scenes, or their colours"),
    Flag.withDefault("objects" as const),
  ),
  count: atLeast("count", "Scenes", 1, 1000),
  seed: atLeast("seed", "Seed of the scenes", 0, 42),
  size: atLeast("size", "Edge of the pictures, pixels", 8, 64),
  json,
} as const

/** `diva data classes`: a zero-shot classification set of the synthetic world. */
export const classes = Command.make(
  "classes",
  flags,
  Effect.fn("data classes")(function* ({ out, of: kind, count, seed, size, json: asJson }) {
    const found = yield* writeClassSet(out, { kind, count, seed, size })
    const screen = yield* Screen
    yield* screen.print(
      asJson
        ? JSON.stringify({ folder: out, classes: found, count, seed }, null, 2)
        : `${count} scenes of ${found.length} classes in ${out}`,
    )
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Render scenes of one kind of thing as a classification data set in CLIP_benchmark's layout, for diva eval classify.",
  ),
  Command.withShortDescription("Render scenes by class"),
  Command.withExamples([
    { command: "diva data classes --out wds_world-objects", description: "Which thing it is" },
    { command: "diva data classes --of colours --out wds_world-colours", description: "Which colour it has" },
  ]),
)
