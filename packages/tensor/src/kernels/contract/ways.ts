import type { Family } from "../way/way.ts"
import { contractKey, problemOf, type ContractProblem } from "./problem.ts"
import { matrixHalf, matrixSplit } from "./matrix.ts"
import { packedHalf, packedSplit } from "./packed.ts"
import { registers } from "./registers.ts"
import { rounded } from "./rounded.ts"
import { split } from "./split.ts"
import { strips } from "./strips.ts"
import { textures } from "./textures.ts"
import { workgroup } from "./workgroup.ts"

/** Σk a[…, m, k]·b[…, k, n] with a tail. */
export const contract: Family<ContractProblem> = {
  name: "contract",
  problem: problemOf,
  key: contractKey,
  ways: [textures, strips, packedHalf, packedSplit, matrixHalf, matrixSplit, workgroup, split, rounded, registers],
}
