import * as path from "node:path"
import { scoreSamples, shippedFolder, shippedWorld } from "@diva/diva"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { evaluationEvents } from "../../eval/evaluationSink.ts"
import { anyFailure } from "../../failure/anyFailure.ts"
import { machine } from "../../machine/machine.ts"
import { renderSampleScores } from "../../render/eval/sampleScores.ts"
import { Screen } from "../../screen/screen.ts"
import { atLeast, json } from "../../flags/flags.ts"

const flags = {
  model: Argument.Path("model").pipe(Argument.withDescription("Folder of a diffusion model in diffusers' layout")),
  attributes: Flag.String("attributes").pipe(
    Flag.withDescription("Folder of the classifier that judges, of `diva pretrain attributes`; the world's by default"),
    Flag.optional,
  ),
  clip: Flag.String("clip").pipe(
    Flag.withDescription("Folder of the CLIP in whose features distances are measured; the world's by default"),
    Flag.optional,
  ),
  count: atLeast("count", "Captions, and pictures", 2, 512),
  batch: atLeast("batch", "Pictures drawn at once", 1, 64),
  size: atLeast("size", "Edge of a picture, pixels", 8, 64),
  steps: atLeast("steps", "Sampling steps", 1, 30),
  guidance: Flag.Finite("guidance").pipe(
    Flag.withDescription("Strength of classifier-free guidance by the caption; 1: none (4)"),
    Flag.withDefault(4),
  ),
  seed: atLeast(
    "seed",
    "Seed of the captions and the initial latents; not one that the models were trained with",
    0,
    9001,
  ),
  json,
} as const

/** `diva eval samples`: how well a diffusion model draws what captions say. */
export const samples = Command.make(
  "samples",
  flags,
  Effect.fn("eval samples")(function* ({ json: asJson, ...input }) {
    const screen = yield* Screen
    const report = yield* scoreSamples({
      ...input,
      attributes: Option.getOrElse(input.attributes, () => path.join(shippedFolder, "attributes")),
      clip: Option.getOrElse(input.clip, () => shippedWorld.clip),
      onStage: (stage) => screen.note(asJson ? JSON.stringify({ event: "stage", stage }) : stage),
    }).pipe(Effect.scoped, Effect.provide(machine(asJson)), Effect.provide(evaluationEvents(asJson)))
    yield* screen.print(asJson ? JSON.stringify(report, null, 2) : renderSampleScores(report))
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Draw a picture for each of many captions of scenes that no model has seen, and say how far the pictures are from scenes (Fréchet " +
      "distance in a CLIP's features) and how many show what their captions say, as judged by a classifier that is independent of the CLIP.",
  ),
  Command.withShortDescription("Score what a diffusion model draws"),
  Command.withExamples([
    {
      command: "diva eval samples runs/diffusion/diffusion --attributes runs/attributes/attributes --count 256",
      description: "256 pictures",
    },
  ]),
)
