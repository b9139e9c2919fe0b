import { Command } from "effect/cli"
import { all } from "./all.ts"
import { classify, retrieve } from "./benchmark.ts"
import { compare } from "./compare.ts"
import { mmvp } from "./mmvp.ts"
import { samples } from "./samples.ts"
import { world } from "./world.ts"

/** `diva eval`: every score the method is judged by. */
export const evaluate = Command.make("eval").pipe(
  Command.withDescription("Score CLIPs: MMVP's pairs, zero-shot classification, retrieval, and comparisons of two."),
  Command.withShortDescription("Score a CLIP, or compare two"),
  Command.withSubcommands([mmvp, compare, classify, retrieve, all, samples, world]),
)
