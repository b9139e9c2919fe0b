import { pretrainClip, worldModels } from "@diva/diva"
import { parseClip } from "@diva/models"
import { fromEither } from "@diva/diva"
import { Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { anyFailure } from "../../failure/anyFailure.ts"
import { machine } from "../../machine/machine.ts"
import { configOr, prepare, vocabularyOr, told, wholePictures } from "./preparing.ts"
import { pretrainFlags } from "./pretrainFlags.ts"
import { notBelow } from "../../flags/flags.ts"

const flags = {
  ...pretrainFlags({ updates: 1500, batch: 128, learningRate: 1e-3, weightDecay: 0.1 }),
  vocabulary: Flag.String("vocabulary").pipe(
    Flag.withDescription("Folder of vocab.json and merges.txt; learnt from the data's captions by default"),
    Flag.optional,
  ),
  onePatchIn: Flag.Int("one-patch-in").pipe(
    Flag.withDescription("The image tower sees one patch in this many, drawn again for each update (1)"),
    notBelow(1),
    Flag.withDefault(1),
  ),
} as const

/** `diva pretrain clip`: a CLIP from nothing. */
export const clip = Command.make(
  "clip",
  flags,
  Effect.fn("pretrain clip")(function* (input) {
    const { request, losses } = yield* prepare(input, 0.98)
    const config = yield* configOr(input.config, worldModels.clip)
    const { text } = yield* fromEither(parseClip(config))
    const vocabulary = yield* vocabularyOr(input.vocabulary, input.data, text.vocabulary)
    const services = Layer.merge(machine(input.json), wholePictures(input))
    const { onePatchIn } = input
    const run = pretrainClip({ ...request, config, vocabulary, onePatchIn }).pipe(Effect.provide(services))
    yield* told("CLIP", run, losses, input)
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Train a CLIP on captioned pictures by contrastive loss: AdamW, warm-up and half cosine, learnt temperature, moving average of the " +
      "weights. Ctrl-C saves; --resume ends with the same bits.",
  ),
  Command.withShortDescription("Train a CLIP on captioned pictures"),
  Command.withExamples([
    { command: 'diva pretrain clip --data "web/*.tar" --out runs/clip', description: "The synthetic world's sizes" },
    {
      command: 'diva pretrain clip --data "web/*.tar" --out runs/clip --one-patch-in 4 --batch 256',
      description: "A quarter of the patches: more pictures in the same time",
    },
  ]),
)
