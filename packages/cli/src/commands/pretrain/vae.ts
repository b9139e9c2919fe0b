import { pretrainVae, worldModels } from "@diva/diva"
import { Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { anyFailure } from "../../failure/anyFailure.ts"
import { machine } from "../../machine/machine.ts"
import { configOr, prepare, told, wholePictures } from "./preparing.ts"
import { pretrainFlags } from "./pretrainFlags.ts"

const flags = {
  ...pretrainFlags({ updates: 600, batch: 16, learningRate: 2e-3, weightDecay: 0 }),
  divergence: Flag.Finite("divergence").pipe(
    Flag.withDescription("Weight of the posterior's divergence from the standard normal (1e-4)"),
    Flag.withDefault(1e-4),
  ),
} as const

/** `diva pretrain vae`: an image autoencoder from nothing. */
export const vae = Command.make(
  "vae",
  flags,
  Effect.fn("pretrain vae")(function* (input) {
    const { request, losses } = yield* prepare(input, 0.99)
    const config = yield* configOr(input.config, worldModels.vae)
    const services = Layer.merge(machine(input.json), wholePictures(input))
    const run = pretrainVae({ ...request, config, divergenceWeight: input.divergence }).pipe(Effect.provide(services))
    yield* told("VAE", run, losses, input)
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Train a variational autoencoder of pictures, by absolute and squared error and a divergence; the deviation of its latents " +
      "becomes its scaling factor. Ctrl-C saves; --resume ends with the same bits.",
  ),
  Command.withShortDescription("Train an image autoencoder"),
  Command.withExamples([
    { command: 'diva pretrain vae --data "scenes/*.tar" --out runs/vae', description: "The synthetic world's sizes" },
  ]),
)
