import { pretrainAttributes, worldModels } from "@diva/diva"
import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { anyFailure } from "../../failure/anyFailure.ts"
import { machine } from "../../machine/machine.ts"
import { onInterrupted } from "../onInterrupted.ts"
import { Screen } from "../../screen/screen.ts"
import { configOr, prepare, wholePictures } from "./preparing.ts"
import { pretrainFlags } from "./pretrainFlags.ts"

const flags = pretrainFlags({ updates: 900, batch: 32, learningRate: 2e-3, weightDecay: 0.01 })

/** `diva pretrain attributes`: a judge of what pictures show, from nothing. */
export const attributes = Command.make(
  "attributes",
  flags,
  Effect.fn("pretrain attributes")(function* (input) {
    const request = yield* prepare(input, 0.99)
    const config = yield* configOr(input.config, worldModels.attributes)
    const services = Layer.merge(machine(input.json), wholePictures(input))
    const run = pretrainAttributes({ ...request, config }).pipe(Effect.provide(services))
    const model = yield* onInterrupted(run, input.json, Effect.succeed("the same command with --resume continues"))
    if (!input.json) yield* (yield* Screen).print(`the classifier is in ${model}`)
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
