import { join } from "node:path"
import { Gpu } from "@diva/diva"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { caseOf } from "../../../diva/test/reference/flavourCase.ts"
import { writeCase } from "../../../diva/test/reference/writeCase.ts"
import { runDivaCase } from "../../../diva/src/reference/divaCase.ts"
import { runCli } from "../runCli.ts"
import { flipSign, temporaryFolder } from "../temporaryFolder.ts"

/** The CPU reference computes element by element. */
const slow = 120_000

/** What a case is computed with otherwise than those that are stored: tower, condition, steps, draws, accumulation, clipping. */
const others = { max_steps: 2, warmup_steps: 1, train_steps: 1, learning_rate: 0.02, max_grad_norm: 0.5 }

it(
  "a training case of a flavour and settings that nobody stored passes by its own numbers, and names the one that was changed",
  { timeout: slow },
  async () => {
    const found = caseOf("dfn378", others)
    const result = await Effect.runPromise(
      runDivaCase(found.document, found.data, []).pipe(Effect.provide(Gpu.layerInterpreter)),
    )
    const parent = temporaryFolder()
    const write = (name: string) => Effect.runPromise(writeCase(parent, name, found, result))
    await write("asComputed")
    flipSign(join(await write("changed"), "expected_final.safetensors"), "final.visual_proj.weight")
    const { code, text, problem } = await runCli("verify", "--reference", parent)
    expect(text).toMatch(/^asComputed {2}DIVA training {2}passed/m)
    expect(text).toMatch(/^changed {2}DIVA training {2}failed/m)
    expect(text).toMatch(/FAIL {2}final parameters/)
    expect(text).toMatch(/final\.visual_proj\.weight: error [\d.e-]+, allowed 1\.0e-5/)
    expect(text).toContain("1 passed, 1 failed")
    expect(problem).toContain("VerificationFailed")
    expect(code).toBe(3)
  },
)
