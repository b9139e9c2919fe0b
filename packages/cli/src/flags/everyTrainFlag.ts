import { Flag } from "effect/cli"
import { dryRunFlag, json } from "./flags.ts"
import { settingFlags } from "./settingFlags.ts"

/** Every flag of `diva train`. */
export const everyTrainFlag = {
  ...settingFlags,
  resume: Flag.Boolean("resume").pipe(
    Flag.withDescription("Continue the run in the output folder"),
    Flag.withDefault(false),
  ),
  dryRun: dryRunFlag("Check settings and data, print plan, peak memory and steps, and stop"),
  json,
} as const
