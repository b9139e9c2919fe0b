import { showSpec } from "../../shape.ts"
import type { Group } from "../dispatch/group.ts"
import { onlyWay } from "../way/only.ts"
import type { Family } from "../way/way.ts"
import { mergeKernel } from "./mergeOrder.ts"
import { pointwiseKernel } from "./pointwise.ts"
import { scatterAddKernel } from "./scatterAdd.ts"

const elementwise = (name: string, write: typeof pointwiseKernel): Family<Group> => ({
  name,
  problem: ({ group }) => group,
  key: ({ root, reads }) => `${reads.map(showSpec).join(" ")} to ${showSpec(root)}`,
  ways: [onlyWay("elements", (_group, _choice, site) => write(site))],
})

/** Expressions of elements at one place. */
export const pointwise = elementwise("pointwise", pointwiseKernel)

/** Rows added at indices, each sum in the order of the updates. */
export const scatterAdd = elementwise("scatterAdd", scatterAddKernel)

/** Positions merged in order, each found by halving. */
export const mergeOrder = elementwise("mergeOrder", mergeKernel)
