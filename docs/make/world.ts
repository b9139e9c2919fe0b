// Measures the world that ships, and writes world.json, docs/world.md and its picture anew: npm run world [-- --samples 256]
// With --anew FOLDER it makes another world there by the same commands, and judges that.
import { readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import {
  EvaluationEvents,
  folderHash,
  Gpu,
  measureWorld,
  readObject,
  readPrior,
  readWorldStatement,
  sampleImages,
  shippedFolder,
  shippedWorld,
  stating,
  worldStatementFile,
} from "@diva/diva"
import { Effect } from "effect"
import { worldAnew } from "./worldAnew.ts"
import { drawSheet } from "./worldPicture.ts"
import { withWorld } from "./worldPage.ts"

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const { values } = parseArgs({
  options: { samples: { type: "string" }, anew: { type: "string" }, only: { type: "string" } },
})

/** What the picture shows: common things, counts, sides, and what the model finds hard. */
const captions = [
  "a red car facing right on a beach",
  "three blue balls in a meadow",
  "four green trees in the snow",
  "five yellow stars on a grey floor",
  "a yellow house in the snow",
  "a purple umbrella in the snow",
  "a single pink flower in a meadow",
  "an orange tree with apples on a grey floor",
]
const each = 4

const tell = (stage: string) => Effect.sync(() => void process.stderr.write(`${stage}\n`))

const make = Effect.gen(function* () {
  const statement = yield* readObject(worldStatementFile(shippedFolder))
  const prior = yield* readPrior(shippedWorld.diffusion)
  yield* tell("drawing the picture of docs/world.md")
  const drawn = yield* sampleImages(prior, {
    captions: captions.flatMap((caption) => new Array<string>(each).fill(caption)),
    size: 64,
    seed: 42,
  })
  yield* Effect.promise(() => drawSheet(at("docs/images/world-samples.png"), captions, drawn))
  const measured = yield* measureWorld({ world: shippedWorld, samples: Number(values.samples ?? 256), onStage: tell })
  const folders: Record<string, string> = {}
  for (const name of ["clip", "diffusion", "attributes", "confused", "control"])
    folders[name] = yield* folderHash(join(shippedFolder, name))
  const { commands, ...first } = statement
  const told = { ...first, folders, ...stating(measured), commands }
  writeFileSync(worldStatementFile(shippedFolder), `${JSON.stringify(told, null, 2)}\n`)
  const next = yield* readWorldStatement(shippedFolder)
  const page = at("docs/world.md")
  writeFileSync(page, withWorld(readFileSync(page, "utf8"), next))
}).pipe(Effect.scoped)

const { samples, anew, only } = values
if (anew === undefined && only !== undefined) throw new Error("--only belongs to --anew FOLDER")
if (anew !== undefined && samples !== undefined) throw new Error("--anew draws as many pictures as world.json states")
if (anew !== undefined) await worldAnew(resolve(anew), only?.split(","))
else await Effect.runPromise(make.pipe(Effect.provide(Gpu.layer()), Effect.provide(EvaluationEvents.layerSilent)))
