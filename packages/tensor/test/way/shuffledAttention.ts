import { openDevice, type Choice, type Device } from "../../src/index.ts"
import { leaveKernelsAsWritten } from "../device/asWritten.ts"

leaveKernelsAsWritten()

/** An adapter with subgroups and workgroup memory as the software adapter has them. */
export const facts = { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768, invocations: 1024 }

/** A device that computes attention by neighbours of a subgroup wherever a tile is as `isWanted` says. */
export const deviceOf = (isWanted: (choice: Choice) => boolean): Promise<Device> =>
  openDevice({
    planFor: facts,
    choose: ({ candidates, others }): Choice =>
      [...candidates, ...others].find((choice) => choice.way === "shuffled" && isWanted(choice)) ?? candidates[0],
  })

/** Subgroups are needed, of eight as the software adapter has them. */
export const canRun = async (): Promise<boolean> => {
  await using device = await openDevice()
  return device.planning.facts.subgroupSize >= 8
}
