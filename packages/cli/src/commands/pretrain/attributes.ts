import { pretrainAttributes, worldModels } from "@diva/diva"
import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { anyFailure } from "../../failure/anyFailure.ts"
import { machine } from "../../machine/machine.ts"
import { configOr, prepare, told, wholePictures } from "./preparing.ts"
import { pretrainFlags } from "./pretrainFlags.ts"

const flags = pretrainFlags({ updates: 900, batch: 32, learningRate: 2e-3, weightDecay: 0.01 })

/** `diva pretrain attributes`: a judge of what pictures show, from nothing. */
export const attributes = Command.make(
  "attributes",
  flags,
  Effect.fn("pretrain attributes")(function* (input) {
    const { request, losses } = yield* prepare(input, 0.99)
    const config = yield* configOr(input.config, worldModels.attributes)
    const services = Layer.merge(machine(input.json), wholePictures(input))
    const run = pretrainAttributes({ ...request, config }).pipe(Effect.provide(services))
    yield* told("classifier", run, losses, input)
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Train a classifier of what captions of rendered scenes name (things, colours, counts, sides, places), supervised and without any " +
      "CLIP: it judges whether samples of a diffusion model show what their captions say (diva eval samples).",
  ),
  Command.withShortDescription("Train a judge of what pictures show"),
  Command.withExamples([
    {
      command: 'diva pretrain attributes --data "full/*.tar" --out runs/attributes',
      description: "From captioned scenes",
    },
  ]),
)
