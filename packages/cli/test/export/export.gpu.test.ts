import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { fromTaskEither } from "@diva/diva"
import { fromTransformers, openWeights, type StoredTensor, type WeightFile } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { runCli, type Ended } from "../runCli.ts"
import { smallWorld, type SmallWorld } from "../train/smallWorld.ts"

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const opened = (file: string): Promise<WeightFile> => Effect.runPromise(fromTaskEither(openWeights(file)))

const all = async (file: WeightFile): Promise<ReadonlyMap<string, StoredTensor>> => {
  const tensors = new Map<string, StoredTensor>()
  for (const name of file.entries.keys()) tensors.set(name, await Effect.runPromise(fromTaskEither(file.read(name))))
  await file.close()
  return tensors
}

const numbers = (tensor: StoredTensor | undefined): readonly number[] => [
  ...new Float32Array(tensor!.bytes.slice().buffer),
]

/** Tensors as text: name, shape, bytes. */
const shown = (tensors: ReadonlyMap<string, StoredTensor>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...tensors].map(([name, { shape, bytes }]) => [name, `${shape} ${Buffer.from(bytes).toString("base64")}`]),
  )

let world: SmallWorld
let ended: Ended
const at = (name: string): string => join(world.folder, name)
const exported = async (name: string, ...flags: readonly string[]) => runCli("export", world.out, at(name), ...flags)

describe("a run that was stopped", () => {
  beforeAll(async () => {
    world = await smallWorld({}, mkdtempSync(join(tmpdir(), "diva-export-")))
    ended = await runCli("train", "--config", world.config, "--stop-after", "2", "--checkpoint-every", "1")
  })

  afterAll(() => rmSync(world.folder, { recursive: true }))

  it("leaves a whole CLIP: the trained image tower, and the text tower it began with", async () => {
    expect(ended.code).toBe(0)
    expect(ended.text).toContain("the CLIP after update 2 of 3 (clip-unfinished.safetensors)")
    const [left, stock] = [
      await all(await opened(join(world.out, "clip-unfinished.safetensors"))),
      await all(await opened(at("clip.safetensors"))),
    ]
    expect([...left.keys()].toSorted()).toEqual([...stock.keys()].toSorted())
    const changed = [...stock].filter(([name, { bytes }]) => !Buffer.from(bytes).equals(left.get(name)!.bytes))
    expect(changed.length).toBeGreaterThan(5)
    expect(changed.every(([name]) => name.startsWith("visual."))).toBe(true)
  })

  it("is exported in every style, each read again to the same tensors", async () => {
    for (const style of ["openai", "openclip", "timm", "transformers"])
      expect((await exported(`${style}.safetensors`, "--style", style)).code).toBe(0)
    const whole = await all(await opened(join(world.out, "clip-unfinished.safetensors")))
    for (const style of ["openai", "openclip"])
      expect(shown(await all(await opened(at(`${style}.safetensors`))))).toEqual(shown(whole))
    const back = fromTransformers(await opened(at("transformers.safetensors")))
    expect(E.isRight(back) && shown(await all(back.right))).toEqual(shown(whole))
    const timm = await all(await opened(at("timm.safetensors")))
    expect(timm.get("cls_token")?.shape).toEqual([1, 1, 64])
    expect(numbers(timm.get("blocks.0.attn.qkv.weight"))).toEqual(
      numbers(whole.get("visual.transformer.resblocks.0.attn.in_proj_weight")),
    )
    const [projection, head] = [numbers(whole.get("visual.proj")), numbers(timm.get("head.weight"))]
    expect(timm.get("head.weight")?.shape).toEqual([40, 64])
    expect(head[1 * 64 + 5]).toBe(projection[5 * 40 + 1])
    expect(numbers(timm.get("head.bias"))).toEqual(new Array<number>(40).fill(0))
  })

  it("is exported after an earlier update, and names those it has for another", async () => {
    expect((await exported("first.pth", "--update", "1")).text).toContain("after update 1")
    expect((await exported("newest.pth")).text).toContain("after update 2")
    expect(shown(await all(await opened(at("first.pth"))))).not.toEqual(
      shown(await all(await opened(at("newest.pth")))),
    )
    const { code, problem } = await exported("never.pth", "--update", "7")
    expect([code, problem]).toEqual([6, expect.stringContaining("it holds 2, 1")])
    expect((await exported("first.pth", "--update", "2")).problem).toContain("FileExists")
  })

  it("finds its text tower where the weights have moved or changed, and refuses others", async () => {
    renameSync(at("clip.safetensors"), at("moved.safetensors"))
    expect((await exported("own.safetensors")).code).toBe(0)
    expect((await exported("named.safetensors", "--clip", at("moved.safetensors"))).code).toBe(0)
    const refused = await exported("no.safetensors", "--clip", at("openclip.safetensors"))
    expect([refused.code, refused.problem]).toEqual([6, expect.stringContaining("does not hold the weights")])
    renameSync(join(world.out, "clip-unfinished.safetensors"), at("aside.safetensors"))
    const gone = await exported("no.safetensors")
    expect([gone.code, gone.problem]).toEqual([6, expect.stringContaining("which the run started from, is missing")])
    renameSync(at("aside.safetensors"), join(world.out, "clip-unfinished.safetensors"))
    renameSync(at("moved.safetensors"), at("clip.safetensors"))
    expect(shown(await all(await opened(at("own.safetensors"))))).toEqual(
      shown(await all(await opened(at("named.safetensors")))),
    )
  })

  it("is known to inspect, and so are its checkpoints", async () => {
    const { text } = await runCli("inspect", world.out)
    for (const said of [
      "openai-l14-224, as configured",
      "after update 2, after update 1",
      "finished, at update 2",
      "clip-unfinished",
      at("clip.safetensors"),
    ])
      expect(text).toContain(said)
    expect(JSON.parse((await runCli("inspect", world.out, "--json")).text)).toMatchObject({
      kind: "run",
      saved: [2, 1],
    })
    const state = await runCli("inspect", join(world.out, "checkpoints", "update-00000002"))
    expect(state.text).toContain(`diva export ${world.out} --update 2 OUT`)
    expect(state.text).toContain('behind "class_model.model."')
    expect(state.text).toContain("the image tower of a CLIP of its own size")
    expect(state.text).toContain("visual_proj is the map")
    for (const alarm of ["nearest is", "missing (", "of another shape", "of no model"])
      expect(state.text).not.toContain(alarm)
  })

  it("says that what convert writes of a checkpoint lacks the text tower", async () => {
    const file = join(world.out, "checkpoints", "update-00000002", "parameters.safetensors")
    const { problem } = await runCli("convert", file, at("tower.pth"), "--only", "clip")
    expect(problem).toContain("without its text tower; diva export RUN OUT")
  })

  it("does not take a damaged checkpoint", async () => {
    const file = join(world.out, "checkpoints", "update-00000001", "parameters.safetensors")
    const bytes = readFileSync(file)
    bytes[bytes.length - 3]! ^= 1
    writeFileSync(file, bytes)
    const { code, problem } = await exported("damaged.pth", "--update", "1")
    expect([code, problem]).toEqual([6, expect.stringContaining("CheckpointCorrupt")])
  })

  const findAll =
    "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ['torch', 'timm', 'open_clip', 'transformers'])))"
  const python = [process.env["PYTHON"] ?? "python3"].find(
    (command) => spawnSync(command, ["-c", findAll], { timeout: 120_000 }).status === 0,
  )

  it.skipIf(python === undefined)(
    "is loaded by open_clip, timm and transformers (skipped where $PYTHON lacks them)",
    () => {
      const script = fileURLToPath(new URL("../interop/exported.py", import.meta.url))
      const { status, stdout, stderr } = spawnSync(python ?? "", [script, world.folder], { encoding: "utf8" })
      expect([status, status === 0 ? "" : stderr]).toEqual([0, ""])
      for (const difference of Object.values(JSON.parse(stdout) as Record<string, number>))
        expect(difference).toBeLessThan(1e-5)
    },
  )
})
