import { describe, expect, it } from "vitest"
import { ops } from "../../tensor/src/ops/registry.ts"
import { differentiableOps } from "./forward/opCases.ts"
import { mappableOps } from "./batch/mapped.ts"

/** Ops that generated tests of derivatives leave out, as docs/ops.md lists them. */
const left = ops.filter((op) => !differentiableOps.includes(op))

describe("the table of ops", () => {
  it("has a generated test of derivatives for each op, or says why not", () => {
    for (const { name, vjp, except, lowering } of left) {
      const reason = typeof vjp === "function" ? except?.gradient : vjp.none
      const hasNoOperand = lowering.kind === "source" || ["fill", "iota"].includes(name)
      expect(hasNoOperand || (reason ?? "").length > 10, name).toBe(true)
    }
  })

  it("has a generated test of vmap for each op with operands", () => {
    const unmapped = ops.filter((op) => !mappableOps.includes(op)).map(({ name }) => name)
    expect(unmapped.toSorted()).toEqual(["constant", "fill", "input", "iota"])
  })
})
