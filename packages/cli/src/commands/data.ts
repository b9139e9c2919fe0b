import { Command } from "effect/cli"
import { check } from "./data/check.ts"
import { classes } from "./data/classes.ts"
import { download } from "./data/download.ts"
import { pack } from "./data/pack.ts"
import { pairs } from "./data/pairs.ts"
import { scenes } from "./data/scenes.ts"

/** `diva data`: making and checking the pictures to train on. */
export const data = Command.make("data").pipe(
  Command.withDescription("Make webdataset shards of a list or a folder, and look at data before training on them."),
  Command.withShortDescription("Make and check training data"),
  Command.withSubcommands([download, pack, check, scenes, pairs, classes]),
)
