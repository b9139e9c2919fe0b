import { confusedPairs, openClipModel, Features, unselectedPairs, withClip, writePairs } from "@diva/diva"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { evaluationEvents } from "../../eval/evaluationSink.ts"
import { anyFailure } from "../../failure/anyFailure.ts"
import { machine } from "../../machine/machine.ts"
import { Screen } from "../../screen/screen.ts"
import { atLeast, json } from "../../flags/flags.ts"

const flags = {
  out: Flag.String("out").pipe(Flag.withDescription("Folder for Questions.csv, pictures and pairs.json")),
  clip: Flag.String("clip").pipe(
    Flag.withDescription(
      "Folder of the CLIP that must confuse the pairs; without it the first pairs are taken as drawn",
    ),
    Flag.optional,
  ),
  pairs: atLeast("pairs", "Pairs of each of the nine patterns", 1, 30),
  candidates: atLeast("candidates", "Pairs of each pattern to choose from, with --clip", 1, 300),
  threshold: Flag.Finite("threshold").pipe(
    Flag.withDescription("Cosine above which the CLIP confuses two pictures (0.95)"),
    Flag.withDefault(0.95),
  ),
  seed: atLeast("seed", "Seed of the scenes", 0, 42),
  size: atLeast("size", "Edge of the pictures, pixels", 8, 64),
  json,
} as const

/** `diva data pairs`: a benchmark of the synthetic world in MMVP-VLM's layout. */
export const pairs = Command.make(
  "pairs",
  flags,
  Effect.fn("data pairs")(
    function* ({ out, clip, pairs: count, candidates, threshold, seed, size, json: asJson }) {
      const screen = yield* Screen
      const wanted = { pairs: count, seed, size }
      if (Option.isNone(clip)) {
        yield* writePairs(out, yield* unselectedPairs(wanted), { selection: "none", seed, size })
      } else {
        const model = yield* openClipModel({ path: clip.value })
        const chosen = Effect.gen(function* () {
          const { identity } = yield* Features
          return { pairs: yield* confusedPairs({ ...wanted, candidates, threshold }), by: identity.imageHash }
        })
        const { pairs: found, by } = yield* chosen.pipe(
          withClip(model),
          Effect.provide(machine(asJson)),
          Effect.provide(evaluationEvents(asJson)),
        )
        const chooser = by === undefined ? {} : { imageWeightsSha256: by }
        yield* writePairs(out, found, { selection: "confused", seed, size, candidates, threshold, ...chooser })
      }
      const report = { folder: out, pairs: 9 * count, seed }
      yield* screen.print(asJson ? JSON.stringify(report, null, 2) : `${9 * count} pairs in ${out}`)
    },
    Effect.scoped,
    anyFailure,
  ),
).pipe(
  Command.withDescription(
    "Render a benchmark in MMVP-VLM's layout: pairs of scenes that differ in one attribute of one of the nine patterns, those that a " +
      "CLIP confuses, or the first ones as they are drawn.",
  ),
  Command.withShortDescription("Render pairs in MMVP-VLM's layout"),
  Command.withExamples([
    {
      command: "diva data pairs --clip runs/clip/clip --out pairs/confused",
      description: "Pairs that a CLIP confuses",
    },
    { command: "diva data pairs --out pairs/any --seed 7", description: "Pairs taken as they come, as a control" },
  ]),
)
