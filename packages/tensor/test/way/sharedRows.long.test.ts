import { describe, it } from "vitest"
import { expectShared, rowAdapters, sharedRowCases } from "./sharedRowCases.ts"

describe.each(Object.entries(rowAdapters))("rows of which workgroups share each, %s,", (_name, facts) => {
  it.each(Object.entries(sharedRowCases))(
    "are the interpreter's, bit for bit in every run: %s",
    async (_case, one) => {
      await expectShared(facts, one, 2, 4e-6)
    },
    300_000,
  )
})
