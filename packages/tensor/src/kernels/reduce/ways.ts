import { showSpec } from "../../shape/shape.ts"
import type { Group } from "../dispatch/group.ts"
import { onlyWay } from "../way/only.ts"
import type { Family, Way } from "../way/way.ts"
import { reduceKernels } from "./reduce.ts"
import { plainSeconds, workgroupFolds } from "./workgroup.ts"

const plainCost: Way<Group>["cost"] = (group, _choice, model) => plainSeconds(group, model)

/** Folds over any axes, with what comes before and after. */
export const reduce: Family<Group> = {
  name: "reduce",
  problem: ({ group }) => group,
  key: ({ anchor }) => `${showSpec(anchor!.inputs[0]!)} to ${showSpec(anchor!)}`,
  ways: [
    { ...onlyWay<Group>("folds", (_group, _choice, site) => reduceKernels(site)), cost: plainCost },
    workgroupFolds,
  ],
}
