import { assert, describe, it } from "@effect/vitest"
import { constant, interpret } from "@diva/tensor"
import { Effect } from "effect"
import { Gpu } from "../../src/gpu/gpu.ts"
import { referenceSwitches, type Switches } from "../../src/objective/switches.ts"
import { embedText } from "../../src/train/machine/embedText.ts"
import { settingsOf } from "../../src/train/config/settings.ts"
import { namedArrays } from "../../src/weights/namedArrays.ts"
import { tinyConfig } from "./tinyRun.ts"
import { divaCropRanges } from "@diva/models"

const withPrompt = (prompt: Switches["prompt"]) => ({
  ...tinyConfig,
  method: { ...tinyConfig.method, switches: { ...referenceSwitches, prompt } },
})

const { text } = tinyConfig.method.models.prior

/** What the text encoder itself makes of token ids. */
const hiddenOf = (ids: readonly number[]) => {
  const params = Object.fromEntries(
    text.parameters.map(({ name }) => {
      const { data, shape, dtype } = tinyConfig.weights.text.get(name)!
      return [name, constant(data, shape, dtype)]
    }),
  )
  return interpret({ hidden: text.hidden(params, constant(ids, [1, ids.length], "i32")) }).hidden
}

const embedded = (prompt: Switches["prompt"]) =>
  Effect.map(embedText(withPrompt(prompt)), (embedding) => [...namedArrays({ embedding }).get("embedding")!.data])

const data = { source: "none", seed: 1, size: 16, order: "samples", crop: divaCropRanges, shards: [] } as const

describe("the constant text", () => {
  it.effect("is what the text encoder makes of the prompt that the switch names, template or truly empty", () =>
    Effect.gen(function* () {
      const { template, empty } = tinyConfig.promptIds
      const [first, second] = [yield* embedded("template"), yield* embedded("empty")]
      assert.deepStrictEqual(first, [...hiddenOf(template).data])
      assert.deepStrictEqual(second, [...hiddenOf(empty).data])
      assert.notDeepEqual(first, second)
    }).pipe(Effect.provide(Gpu.layerInterpreter)),
  )

  it("stands in the manifest by its token ids", () => {
    for (const prompt of ["template", "empty"] as const)
      assert.deepStrictEqual(settingsOf(withPrompt(prompt), data)["promptIds"], [...tinyConfig.promptIds[prompt]])
  })
})
