import type { PlanFor } from "@diva/tensor"
import { Effect } from "effect"
import { device } from "../machine/adapter.ts"
import { adapterName } from "../text/adapterName.ts"
import type { Screen } from "../screen/screen.ts"

/** Limits to plan for, and whose they are. */
export interface PlanLimits {
  readonly adapter: string
  readonly limits: PlanFor
}

/** What every WebGPU adapter offers: the specification's default limits, no subgroups, operands in buffers. */
export const defaultLimits: PlanLimits = {
  adapter: "WebGPU's default limits",
  limits: {
    storageBuffers: 8,
    bindingBytes: 2 ** 27,
    workgroupsPerAxis: 65_535,
    subgroupSize: 0,
    textureExtent: 0,
  },
}

const ofThisMachine = Effect.scoped(
  Effect.map(device, ({ info, planning }): PlanLimits => ({ adapter: adapterName(info), limits: planning })),
)

/** This machine's adapter, tuned by the user's cache; where there is none, WebGPU's default limits. */
export const planLimits: Effect.Effect<PlanLimits, never, Screen> = Effect.catch(ofThisMachine, () =>
  Effect.succeed(defaultLimits),
)
