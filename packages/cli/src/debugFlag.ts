import { Flag, GlobalFlag } from "effect/cli"

/** `--debug`, understood anywhere on the command line. */
export const debug = GlobalFlag.Setting("debug")({
  flag: Flag.Boolean("debug").pipe(Flag.withDescription("Show the stack of an error"), Flag.withDefault(false)),
})
