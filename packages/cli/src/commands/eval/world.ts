import {
  compareWorld,
  measureWorld,
  readWorldStatement,
  shippedFolder,
  worldIn,
  worldStatementFile,
  isThere,
} from "@diva/diva"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { evaluationEvents } from "../../eval/evaluationSink.ts"
import { anyFailure } from "../../failure/anyFailure.ts"
import { VerificationFailed } from "../../failure/cliError.ts"
import { machine } from "../../machine/machine.ts"
import { renderWorld } from "../../render/eval/worldScores.ts"
import { styleFor } from "../../text/style.ts"
import { Screen } from "../../screen/screen.ts"
import { json } from "../../flags/flags.ts"

const flags = {
  world: Flag.String("world").pipe(
    Flag.withDescription(
      "Folder of a world: clip, diffusion, attributes, confused, control; the one that ships by default",
    ),
    Flag.optional,
  ),
  json,
} as const

/** What is stated of a world, or of the one that ships where a world states nothing: a second one made by the same commands. */
const statementOf = Effect.fnUntraced(function* (folder: string) {
  const own = yield* isThere(worldStatementFile(folder))
  return yield* readWorldStatement(own ? folder : shippedFolder)
})

/** `diva eval world`: whether a world's models can do what is stated of them. */
export const world = Command.make(
  "world",
  flags,
  Effect.fn("eval world")(function* ({ world: named, json: asJson }) {
    const screen = yield* Screen
    const folder = Option.getOrElse(named, () => shippedFolder)
    const statement = yield* statementOf(folder)
    const onStage = (stage: string) => screen.note(asJson ? JSON.stringify({ event: "stage", stage }) : stage)
    const { seed, samples } = statement.measured
    const measured = yield* measureWorld({ world: worldIn(folder), seed, samples, onStage }).pipe(
      Effect.scoped,
      Effect.provide(machine(asJson)),
      Effect.provide(evaluationEvents(asJson)),
    )
    const compared = compareWorld(statement, measured)
    const { distance, distanceOfScenes } = measured.samples
    yield* screen.print(
      asJson
        ? JSON.stringify({ world: folder, distance, distanceOfScenes, scores: compared }, null, 2)
        : renderWorld(compared, styleFor(screen.isColourful)),
    )
    const outside = compared.filter(({ holds }) => !holds)
    if (outside.length > 0)
      return yield* new VerificationFailed({
        folder,
        rule: `${outside.length} of ${compared.length} scores lie outside the stated interval: ${outside.map(({ name }) => name).join(", ")}`,
        remedy:
          "a world trained anew may fall outside one interval in twenty by chance; npm run world states what is measured",
      })
  }, anyFailure),
).pipe(
  Command.withDescription(
    "Compute every score that world.json states for the synthetic world's models (pairs, zero-shot classes, held-out errors, drawings and " +
      "what the judge makes of them) and compare each with its 95 % interval. Takes minutes without a GPU; fails if a score lies outside.",
  ),
  Command.withShortDescription("Check the scores of the synthetic world"),
  Command.withExamples([
    { command: "diva eval world", description: "The world that ships" },
    { command: "diva eval world --world runs/world", description: "One made anew by the commands in world.json" },
  ]),
)
