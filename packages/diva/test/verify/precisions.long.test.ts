import { fileURLToPath } from "node:url"
import { Effect, Layer } from "effect"
import { describe, expect, it } from "vitest"
import { Gpu } from "../../src/index.ts"
import { builtInCases, verifyFolder } from "../../src/verify/index.ts"
import { narrowGpu, type Narrow } from "./narrowGpu.ts"

const models = fileURLToPath(new URL("../../../models/test/golden", import.meta.url))

/** Stored models: towers of CLIP, a text encoder, a UNet with all its gradients, a VAE. */
const folders = [
  { folder: builtInCases, cases: ["clip", "text", "unet"] },
  { folder: models, cases: ["02b_open_clip_quickgelu", "02e_vae"] },
].flatMap(({ folder, cases }) => cases.map((name) => [name, folder] as const))

const computed = (folder: string, name: string, narrow: Narrow) =>
  Effect.runPromise(
    verifyFolder({ folder, cases: [name], precision: narrow }).pipe(
      Effect.provide(Layer.effect(Gpu, narrowGpu(narrow))),
    ),
  )

const worstOf = async (folder: string, name: string, narrow: Narrow) => {
  const { cases } = await computed(folder, name, narrow)
  const [{ outcome }] = cases as [(typeof cases)[number]]
  if (!("groups" in outcome)) throw new Error(`${name}: ${JSON.stringify(outcome)}`)
  const tensors = outcome.groups.flatMap((group) => group.tensors)
  return { status: outcome.status, error: Math.max(...tensors.map(({ error }) => error)) }
}

describe.each(folders)("the case %s, its products computed as matrix units do,", (name, folder) => {
  it("passes at its own tolerances with operands split, as at high precision", async () => {
    expect((await worstOf(folder, name, "high")).status).toBe("passed")
  })

  it("is off by what rounded operands cost at medium precision, and by no more", async () => {
    const { status, error } = await worstOf(folder, name, "medium")
    expect(status).toBe("passed")
    expect(error).toBeGreaterThan(1e-5)
  })
})
