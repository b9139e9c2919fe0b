import type { Family } from "../way/way.ts"
import { extentsOf, type RowProgram } from "./rowProgram.ts"
import { partsOfRows } from "./parts.ts"
import { walks, workgroupRows } from "./workgroup.ts"

/** Rows folded and written whole: norms, softmax, their gradients. */
export const rows: Family<RowProgram> = {
  name: "rows",
  problem: ({ group }) => group.rows!,
  key: ({ domain, folds, outputs, reads }) => {
    const { rows, length } = extentsOf(domain)
    return `${rows}x${length} folds ${folds.length} reads ${reads.length} writes ${outputs.length}`
  },
  ways: [walks, workgroupRows, partsOfRows],
}
