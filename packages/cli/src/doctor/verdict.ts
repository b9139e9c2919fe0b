import { counted } from "@diva/tensor"
import { Data } from "effect"
import type { Examination } from "./examine.ts"

/** The adapter computes wrongly, or there is none, or Node is too old. */
export class AdapterUnusable extends Data.TaggedError("AdapterUnusable")<{
  readonly rule: string
  readonly remedy: string
}> {}

export type Verdict = "ready" | "ready, slow" | "unusable"

export const hasAdapter = ({ adapter }: Examination): boolean => !("problem" in adapter)

/** Unusable if any probe failed or there is no adapter; slow if a processor stands in for a graphics adapter. */
export const verdictOf = ({ adapter, probes }: Examination): Verdict => {
  if ("problem" in adapter || probes.some(({ passed }) => !passed)) return "unusable"
  return adapter.isSoftware ? "ready, slow" : "ready"
}

/** The error of an unusable machine. */
export const unusable = ({ adapter, probes }: Examination): AdapterUnusable => {
  const failures = probes.filter(({ passed }) => !passed)
  return "problem" in adapter
    ? new AdapterUnusable({ rule: "no adapter could be opened", remedy: adapter.remedy })
    : new AdapterUnusable({
        rule: `${failures.length} of ${counted(probes.length, "probe")} failed: ${failures.map(({ name }) => name).join(", ")}`,
        remedy: failures[0]?.remedy ?? "",
      })
}
