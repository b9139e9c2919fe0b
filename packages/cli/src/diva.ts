import { Command, GlobalFlag, type CliConfig } from "effect/cli"
import { convert } from "./commands/convert.ts"
import { evaluate } from "./commands/eval/index.ts"
import { data } from "./commands/data.ts"
import { demo } from "./commands/demo.ts"
import { doctor } from "./commands/doctor.ts"
import { exportClip } from "./commands/export.ts"
import { fetch } from "./commands/fetch.ts"
import { inspect } from "./commands/inspect.ts"
import { plan } from "./commands/plan.ts"
import { profile } from "./commands/profile.ts"
import { pretrain } from "./commands/pretrain/index.ts"
import { report } from "./commands/report.ts"
import { runs } from "./commands/runs.ts"
import { sample } from "./commands/sample.ts"
import { study } from "./commands/study.ts"
import { start } from "./commands/start.ts"
import { train } from "./commands/train.ts"
import { tune } from "./commands/tune.ts"
import { verify } from "./commands/verify.ts"
import { watch } from "./commands/watch.ts"
import { debug } from "./debugFlag.ts"

/** Flags that every command has besides its own: the wizard and log levels of the library say nothing here. */
export const builtIns: CliConfig.CliConfig.Service = {
  builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions],
}

/** `diva` with all its commands. */
export const diva = Command.make("diva").pipe(
  Command.withDescription("Train the image tower of a CLIP by diffusion feedback, on any WebGPU adapter."),
  Command.withGlobalFlags([debug]),
  Command.withSubcommands([
    train,
    plan,
    doctor,
    verify,
    start,
    demo,
    pretrain,
    sample,
    study,
    evaluate,
    data,
    fetch,
    runs,
    report,
    watch,
    tune,
    profile,
    inspect,
    convert,
    exportClip,
  ]),
  Command.withExamples([
    { command: "diva doctor", description: "See whether this machine can run everything" },
    { command: "diva demo", description: "See the method at work in a small world, in minutes" },
    { command: "diva train --help", description: "See what a training run takes" },
  ]),
)
