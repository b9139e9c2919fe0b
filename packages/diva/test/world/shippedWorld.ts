import { readFileSync } from "node:fs"
import * as path from "node:path"
import { shippedFolder } from "../../src/world/index.ts"

/** What `world.json` says of the world that ships. */
export interface ShippedWorld {
  /** `folderHash` of each folder. */
  readonly folders: Readonly<Record<string, string>>
  /** Percent of pairs solved by the CLIP: each pattern in MMVP's order, and their mean. */
  readonly scores: Readonly<
    Record<"confused" | "control", { readonly categories: readonly number[]; readonly average: number }>
  >
}

export const readWorld = (): ShippedWorld =>
  JSON.parse(readFileSync(path.join(shippedFolder, "world.json"), "utf8")) as ShippedWorld
