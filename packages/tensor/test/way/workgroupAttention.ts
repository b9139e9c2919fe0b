import { openDevice, type Choice, type Device } from "../../src/index.ts"
import { leaveKernelsAsWritten } from "../device/asWritten.ts"

leaveKernelsAsWritten()

/** What any adapter of a browser has: no subgroups, no textures. */
const facts = { isSoftware: false, subgroupSize: 0, textureExtent: 0, workgroupMemory: 16_384, invocations: 256 }

/** Room for the largest tiles. */
export const roomy: typeof facts = { ...facts, workgroupMemory: 32_768 }

/** A device that takes attention's tiles in workgroup memory of so many rows (and so many others) where there are such. */
export const deviceOf = (rows: number, others?: number, planFor: typeof facts = facts): Promise<Device> =>
  openDevice({
    planFor,
    choose: ({ candidates, others: rest }): Choice =>
      [...candidates, ...rest].find(
        (choice) =>
          choice.way === "workgroup" && choice["rows"] === rows && choice["others"] === (others ?? choice["others"]),
      ) ?? candidates[0]!,
  })
