import { Flag } from "effect/cli"

/** `--json`, which every command takes. */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print data instead of text"),
  Flag.withDefault(false),
)
