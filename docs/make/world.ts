// Measures the world that ships, and writes world.json, docs/world.md and its picture anew: npm run world
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import {
  EvaluationEvents,
  folderHash,
  Gpu,
  measureWorld,
  readPrior,
  readWorldStatement,
  sampleImages,
  shippedFolder,
  shippedWorld,
  stating,
  worldStatementFile,
} from "@diva/diva"
import { Effect } from "effect"
import { drawSheet } from "./worldPicture.ts"
import { withWorld } from "./worldPage.ts"

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** What the picture shows: common things, counts, sides, and what the model finds hard. */
const captions = [
  "a red car facing right on a beach",
  "three blue balls in a meadow",
  "a yellow house in the snow",
  "a purple umbrella in the snow",
  "a single pink flower in a meadow",
  "an orange tree with apples on a grey floor",
]
const each = 4

const tell = (stage: string) => Effect.sync(() => void process.stderr.write(`${stage}\n`))

const make = Effect.gen(function* () {
  const statement = yield* readWorldStatement(shippedFolder)
  const prior = yield* readPrior(shippedWorld.diffusion)
  yield* tell("drawing the picture of docs/world.md")
  const drawn = yield* sampleImages(prior, {
    captions: captions.flatMap((caption) => new Array<string>(each).fill(caption)),
    size: 64,
    seed: 42,
  })
  yield* Effect.promise(() => drawSheet(at("docs/images/world-samples.png"), captions, drawn))
  const measured = yield* measureWorld({ world: shippedWorld, onStage: tell })
  const folders: Record<string, string> = {}
  for (const name of ["clip", "diffusion", "attributes", "confused", "control"])
    folders[name] = yield* folderHash(join(shippedFolder, name))
  const next = { ...statement, folders, ...stating(measured) }
  writeFileSync(worldStatementFile(shippedFolder), `${JSON.stringify(next, null, 2)}\n`)
  const page = at("docs/world.md")
  writeFileSync(page, withWorld(readFileSync(page, "utf8"), next))
}).pipe(Effect.scoped)

await Effect.runPromise(make.pipe(Effect.provide(Gpu.layer()), Effect.provide(EvaluationEvents.layerSilent)))
