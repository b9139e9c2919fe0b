import * as E from "fp-ts/lib/Either.js"
import { expect, test } from "vitest"
import { openaiArguments, openClipConfigs, parseClip, parseOpenaiClip, parseOpenClip } from "../../src/index.ts"

test("the file that lies beside every OpenCLIP model is its configuration in a wrapper", () => {
  const bare = openClipConfigs["dfn-h14-224"]
  const wrapped = { model_cfg: bare, preprocess_cfg: { mean: [0.5, 0.5, 0.5] } }
  expect(parseClip(wrapped)).toEqual(parseOpenClip(bare))
  expect(parseClip(bare)).toEqual(parseOpenClip(bare))
  expect(parseClip(openaiArguments["openai-l14-224"])).toEqual(parseOpenaiClip(openaiArguments["openai-l14-224"]))
})

test.each([null, 7, {}, { model_cfg: 3 }, { model_cfg: {} }])("%j is no configuration", (raw) =>
  expect(E.isLeft(parseClip(raw))).toBe(true),
)
