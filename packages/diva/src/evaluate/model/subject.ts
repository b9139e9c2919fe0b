import { Effect } from "effect"
import { Gpu } from "../../gpu/gpu.ts"
import type { MachineInfo } from "../../gpu/machineInfo.ts"
import { provenance } from "../../run/provenance.ts"
import { Features } from "../features/features.ts"
import type { EvaluationSubject } from "../mmvp/mmvpReport.ts"
import type { ClipModel } from "./clipModel.ts"

const nameOf = ({ vendor, architecture, description }: MachineInfo): string =>
  description || `${vendor} ${architecture}`.trim() || "unnamed"

/** What a result says of the model and of what computed it. */
export const subjectOf = Effect.fn("subjectOf")(function* ({ name, row, flavour, preset }: ClipModel) {
  const { identity } = yield* Features
  const subject: EvaluationSubject = {
    model: name,
    row: row ?? null,
    flavour,
    imageWeightsSha256: identity.imageHash ?? null,
    textWeightsSha256: identity.textHash ?? null,
    preprocessing: `${preset.fit} to ${preset.size}, bicubic, mean ${preset.statistics.mean.join(" ")}, std ${preset.statistics.std.join(" ")}`,
    adapter: nameOf((yield* Gpu).info),
    precision: "f32",
    versions: (yield* provenance).versions,
  }
  return subject
})
