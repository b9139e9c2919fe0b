import { showSpec } from "../../shape/shape.ts"
import type { Group } from "../dispatch/group.ts"
import { blocks, turnedSeconds } from "./blocks.ts"
import { onlyWay } from "../way/only.ts"
import type { Family } from "../way/way.ts"
import { mergeKernel } from "./mergeOrder.ts"
import { pointwiseKernel } from "./pointwise.ts"
import { scatterElements } from "./scatterAdd.ts"
import { scatterLinked } from "./scatterLinked.ts"
import { turnOf } from "./turned.ts"

const family = (name: string, ways: Family<Group>["ways"]): Family<Group> => ({
  name,
  problem: ({ group }) => group,
  key: ({ root, reads }) => `${reads.map(showSpec).join(" ")} to ${showSpec(root)}`,
  ways,
})

const elementwise = (name: string, write: typeof pointwiseKernel): Family<Group> =>
  family(name, [onlyWay("elements", (_group, _choice, site) => write(site))])

const costOfElements: Family<Group>["ways"][number]["cost"] = (group, _choice, model) => turnedSeconds(group, 4, model)

const { ways, key, ...named } = elementwise("pointwise", pointwiseKernel)

/** Expressions of elements at one place. */
export const pointwise: Family<Group> = {
  ...named,
  key: (group) => `${key(group)}${turnOf(group) === null ? "" : " turned"}`,
  ways: [...ways.map((way) => ({ ...way, cost: costOfElements })), blocks],
}

/** Rows added at indices, each sum in the order of the updates. */
export const scatterAdd = family("scatterAdd", [scatterElements, scatterLinked])

/** Positions merged in order, each found by halving. */
export const mergeOrder = elementwise("mergeOrder", mergeKernel)
