import {
  choicesShown,
  fromEither,
  lossNamed,
  methodChoices,
  pretrainDiffusion,
  readDenoising,
  worldModels,
} from "@diva/diva"
import { parseSdText } from "@diva/models"
import { Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { anyFailure } from "../../failure/anyFailure.ts"
import { machine } from "../../machine/machine.ts"
import { configOr, prepare, vocabularyOr, told, wholePictures } from "./preparing.ts"
import { pretrainFlags } from "./pretrainFlags.ts"

const flags = {
  ...pretrainFlags({ updates: 2000, batch: 64, learningRate: 1e-3, weightDecay: 0.01 }),
  vae: Flag.String("vae").pipe(Flag.withDescription("Folder of the VAE: config.json and weights")),
  vocabulary: Flag.String("vocabulary").pipe(
    Flag.withDescription("Folder of vocab.json and merges.txt; learnt from the data's captions by default"),
    Flag.optional,
  ),
  captionDropout: Flag.Finite("caption-dropout").pipe(
    Flag.withDescription("Share of captions left out, so that sampling can be guided (0.1)"),
    Flag.withDefault(0.1),
  ),
  loss: Flag.String("loss").pipe(
    Flag.withDescription(
      `Error of the predicted noise: ${choicesShown(methodChoices.loss)}; min-snr learns shapes in fewer updates (mse)`,
    ),
    Flag.withDefault("mse"),
  ),
} as const

/** `diva pretrain diffusion`: a text-conditioned latent diffusion model from nothing. */
export const diffusion = Command.make(
  "diffusion",
  flags,
  Effect.fn("pretrain diffusion")(function* (input) {
    const loss = yield* fromEither(lossNamed(input.loss))
    const { request, losses } = yield* prepare(input, 0.99, readDenoising)
    const config = yield* configOr(input.config, worldModels)
    const text = yield* fromEither(parseSdText(config["text_encoder"]))
    const vocabulary = yield* vocabularyOr(input.vocabulary, input.data, text.vocabulary)
    const services = Layer.merge(machine(input.json), wholePictures(input))
    const { vae, captionDropout } = input

    const run = pretrainDiffusion({ ...request, config, vae, vocabulary, captionDropout, loss }).pipe(
      Effect.provide(services),
    )
    yield* told("diffusion model", run, losses, input)
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Train a latent diffusion model of captioned pictures over a frozen VAE: the UNet and its text encoder predict noise, with " +
      "captions sometimes left out. Ctrl-C saves; --resume ends with the same bits.",
  ),
  Command.withShortDescription("Train a text-conditioned diffusion model"),
  Command.withExamples([
    {
      command: 'diva pretrain diffusion --data "scenes/*.tar" --vae runs/vae/vae --out runs/diffusion',
      description: "The synthetic world's sizes",
    },
  ]),
)
