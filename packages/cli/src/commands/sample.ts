import { contactSheet, readPrior, sampleImages, writeBytes } from "@diva/diva"
import { encodePng } from "@diva/models"
import { counted } from "@diva/tensor"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { anyFailure } from "../failure/anyFailure.ts"
import { machine } from "../machine/machine.ts"
import { Screen } from "../screen/screen.ts"
import { atLeast, json } from "../flags/flags.ts"

const flags = {
  model: Argument.Path("model").pipe(Argument.withDescription("Folder of a diffusion model in diffusers' layout")),
  caption: Flag.String("caption").pipe(
    Flag.withDescription("What to draw; may be given several times"),
    Flag.between(1, 256),
  ),
  out: Flag.String("out").pipe(
    Flag.withDescription("PNG file for the pictures (samples.png)"),
    Flag.withDefault("samples.png"),
  ),
  each: atLeast("each", "Pictures for each caption", 1, 1),
  size: atLeast("size", "Edge of a picture, pixels", 8, 64),
  steps: atLeast("steps", "Sampling steps", 1, 30),
  guidance: Flag.Finite("guidance").pipe(
    Flag.withDescription("Strength of classifier-free guidance by the caption; 1: none (4)"),
    Flag.withDefault(4),
  ),
  seed: atLeast("seed", "Seed of the initial latents", 0, 42),
  json,
} as const

/** `diva sample`: pictures for captions. */
export const sample = Command.make(
  "sample",
  flags,
  Effect.fn("sample")(function* ({ model, caption, out, each, size, steps, guidance, seed, json: asJson }) {
    const screen = yield* Screen
    const prior = yield* readPrior(model)
    const captions = caption.flatMap((text) => new Array<string>(each).fill(text))
    const images = yield* sampleImages(prior, { captions, size, seed, steps, guidance }).pipe(
      Effect.provide(machine(asJson)),
    )
    yield* writeBytes(out, yield* Effect.promise(() => encodePng(contactSheet(images, size))))
    yield* screen.print(
      asJson
        ? JSON.stringify({ file: out, captions, seed, steps, guidance }, null, 2)
        : `${counted(images.length, "picture")} in ${out}, row by row in the order of the captions`,
    )
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Draw pictures for captions with a latent diffusion model: DDIM with guidance. The same seed and captions give the same picture.",
  ),
  Command.withShortDescription("Draw pictures with a diffusion model"),
  Command.withExamples([
    {
      command:
        'diva sample runs/diffusion/diffusion --caption "a red car in a meadow" --caption "three blue balls" --each 4',
      description: "Four pictures for each of two captions",
    },
  ]),
)
