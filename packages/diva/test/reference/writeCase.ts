import { cpSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { writeSafetensors } from "@diva/models"
import { Effect } from "effect"
import { fromTaskEither } from "../../src/fromEither.ts"
import type { DivaCaseResult } from "../../src/reference/divaCaseResult.ts"
import { byName, bytesOf, tensorToWrite, type NamedArrays } from "../../src/weights/namedArrays.ts"
import { goldenFolder, type StoredCase } from "./caseFolder.ts"

const write = (file: string, arrays: NamedArrays) =>
  fromTaskEither(
    writeSafetensors(
      file,
      byName(arrays).map(([name, array]) => tensorToWrite(name, array, () => bytesOf(array))),
    ),
  )

const expectedOf = ({ losses, gradientNorms, learningRates }: DivaCaseResult) => ({
  "inner_losses[step][micro][inner]": losses,
  grad_norm_before_clip_per_step: gradientNorms,
  lr_per_optimizer_step: learningRates,
})

/** A training case's folder `name` in `parent`, beside the diffusion model and the images it shares with its family. */
export const writeCase = Effect.fnUntraced(function* (
  parent: string,
  name: string,
  { document, data }: Pick<StoredCase, "document" | "data">,
  result: DivaCaseResult,
) {
  const folder = join(parent, name)
  mkdirSync(folder, { recursive: true })
  for (const shared of ["sd.safetensors", "images.safetensors"])
    cpSync(join(goldenFolder, shared), join(parent, shared))
  const manifest = { ...(document as object), case: name, expected: expectedOf(result) }
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest))
  yield* write(join(folder, "weights.safetensors"), data.weights)
  yield* write(join(folder, "draws.safetensors"), data.draws)
  yield* write(join(folder, "expected_first_forward.safetensors"), result.firstForward)
  yield* write(join(folder, "expected_grads.safetensors"), result.gradients)
  yield* write(join(folder, "expected_final.safetensors"), result.parameters)
  return folder
})
