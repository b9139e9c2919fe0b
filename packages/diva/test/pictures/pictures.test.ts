import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { decodeImage, encodePng, initialise, vaeDecoderParameters, type RgbImage } from "@diva/models"
import { Effect, Layer, Ref } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { fromTaskEither } from "../../src/fromEither.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readPictures, writePictures } from "../../src/pictures/pictureFiles.ts"
import { missingDecoder, pictureObserver } from "../../src/pictures/pictureObserver.ts"
import { picturesOfRun } from "../../src/pictures/picturesOfRun.ts"
import { noisePicture, strip } from "../../src/pictures/strip.ts"
import { renderPictures } from "../../src/report/page/pictures.ts"
import type { RunData } from "../../src/report/runData.ts"
import { tinyModels } from "../../src/demo/tinyModels.ts"
import { smallestSizes } from "../../src/demo/tinyRow.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import type { TrainConfig } from "../../src/train/config/trainConfig.ts"
import { temporaryFolder } from "../train/folderRun.ts"
import { fingerprint, recordedEvents, tinyConfig, tinyShards } from "../train/tinyRun.ts"

const { vae } = E.getOrElseW((error: unknown): never => {
  throw error
})(tinyModels(smallestSizes))

const decoder = new Map(Object.entries(initialise(vaeDecoderParameters(vae), 5)))

const config: TrainConfig = { ...tinyConfig, optimisation: { ...tinyConfig.optimisation, updates: 2 } }

const observerIn = (folder: string) =>
  pictureObserver({ folder, count: 2, every: 1, method: config.method, imageSize: 16, vae, decoder, seed: 42 })

const read = (bytes: Uint8Array) => fromTaskEither(decodeImage(Uint8Array.from(bytes), "strip"))

/** The columns of one tile of a strip of 16-pixel tiles. */
const tileIn = ({ width, height, data }: RgbImage, index: number): string => {
  const rows = Array.from({ length: height }, (_, y) =>
    data.slice(3 * (y * width + 18 * index), 3 * (y * width + 18 * index + 16)),
  )
  return rows.join(";")
}

const machine = Layer.mergeAll(Gpu.layerInterpreter, tinyShards)

describe("pictures of what the diffusion model makes of images", () => {
  it.live(
    "are made at the start and while a run trains, the first and the newest stay, and the run's bits are what they were",
    () =>
      Effect.gen(function* () {
        const folder = join(yield* temporaryFolder, "pictures")
        const { record, layer } = yield* recordedEvents
        const services = Layer.merge(Checkpoints.layerMemory, layer)
        const seen = yield* trainDiva(config, [observerIn(folder)]).pipe(Effect.provide(services))
        const unseen = yield* trainDiva(config).pipe(Effect.provide(Layer.fresh(services)))
        assert.strictEqual(fingerprint(seen), fingerprint(unseen))
        const told = (yield* Ref.get(record)).flatMap((event) => (event._tag === "pictured" ? [event.update] : []))
        assert.deepStrictEqual(told, [0, 1, 2])
        assert.deepStrictEqual(readdirSync(folder), ["update-00000000", "update-00000002"])

        const [first, last] = yield* readPictures(folder)
        assert.deepStrictEqual(first!.timesteps, [100, 400, 700])
        assert.lengthOf(first!.strips, 2)
        for (const [i, { key, errors }] of first!.images.entries()) {
          assert.strictEqual(key, last!.images[i]!.key)
          assert.lengthOf(errors, 3)
          // Other parameters, another prediction.
          assert.notDeepEqual(errors, last!.images[i]!.errors)
        }
        const [before, after] = [yield* read(first!.strips[0]!), yield* read(last!.strips[0]!)]
        assert.deepInclude(before, { width: 10 * 18, height: 16 })
        // Image and noised latents are the same before and after: the draws are.
        for (const same of [0, 1, 4, 7]) assert.strictEqual(tileIn(before, same), tileIn(after, same))
        assert.notStrictEqual(tileIn(before, 1), tileIn(before, 7))
        const other = yield* read(first!.strips[1]!)
        assert.notStrictEqual(tileIn(before, 0), tileIn(other, 0))
      }).pipe(Effect.provide(machine), Effect.scoped),
    120_000,
  )

  it.live(
    "are made afterwards as they would have been while it trained",
    () =>
      Effect.gen(function* () {
        const root = yield* temporaryFolder
        const [seen, unseen] = [join(root, "seen"), join(root, "unseen")]
        const pictured = { folder: seen, config, commandLine: [], observers: [observerIn(runFiles(seen).pictures)] }
        yield* trainInFolder(pictured)
        yield* trainInFolder({ folder: unseen, config, commandLine: [] })
        assert.deepStrictEqual(yield* readPictures(runFiles(unseen).pictures), [])
        assert.strictEqual(yield* picturesOfRun({ folder: unseen, config, vae, decoder, count: 2 }), 2)
        const [during, afterwards] = [
          yield* readPictures(runFiles(seen).pictures),
          yield* readPictures(runFiles(unseen).pictures),
        ]
        assert.deepStrictEqual(afterwards, during)
        assert.lengthOf(afterwards, 2)
      }).pipe(Effect.provide(machine), Effect.scoped),
    120_000,
  )

  it.effect("of which a process that was killed had not written all are none", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const images = [{ key: "a", errors: [0.5, 0.25, 0.125] }]
      const set = (update: number) => ({ update, timesteps: [100, 400, 700], images })
      const black = strip([{ width: 4, height: 4, data: new Uint8Array(48) }], 4)
      for (const update of [0, 5, 9]) yield* writePictures(folder, set(update), [black])
      assert.deepStrictEqual(
        (yield* readPictures(folder)).map(({ update }) => update),
        [0, 9],
      )
      rmSync(join(folder, "update-00000009", "pictures.json"))
      assert.deepStrictEqual(
        (yield* readPictures(folder)).map(({ update }) => update),
        [0],
      )
      assert.deepStrictEqual(yield* readPictures(join(folder, "none")), [])
    }).pipe(Effect.scoped),
  )

  it("need the VAE's decoder, whose first missing weight is named", () => {
    assert.deepStrictEqual(missingDecoder(vae, decoder), [])
    assert.strictEqual(missingDecoder(vae, new Map())[0], vaeDecoderParameters(vae)[0]!.name)
  })

  it("show noise in three channels, grey where there is none", () => {
    const data = Float32Array.of(0, 0, 0, 0, 3, 3, 3, 3, -9, -9, -9, -9, 1, 1, 1, 1)
    const { data: bytes } = noisePicture({ shape: [1, 4, 2, 2], dtype: "f32", data }, 0, 4)
    assert.deepStrictEqual(Array.from(bytes).slice(0, 3), [128, 255, 0])
  })

  it("stand in a report with the first above the newest, and nothing from outside", async () => {
    const png = await encodePng({ width: 2, height: 2, data: new Uint8Array(12) })
    const set = (update: number, error: number) => ({
      format: "diva-pictures" as const,
      version: 1 as const,
      update,
      timesteps: [100],
      images: [{ key: "<a>", errors: [error] }],
      strips: [png],
    })
    const run = { name: "one", pictures: [set(0, 0.5), set(7, 0.25)] } as unknown as RunData
    const page = renderPictures([run])
    assert.match(page, /before training; error of the noise at t = 100: 0\.5000.*after update 7; .*0\.2500/s)
    assert.include(page, "&lt;a&gt;")
    assert.lengthOf(page.match(/src="data:image\/png;base64,/g)!, 2)
    assert.strictEqual(renderPictures([{ ...run, pictures: [] }]), "")
  })
})
