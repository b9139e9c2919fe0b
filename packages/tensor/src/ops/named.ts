import { dual } from "../op/dual.ts"
import { applyOp } from "../graph/graph.ts"
import { aliasOp } from "./alias.ts"

export interface NamedAttributes extends Readonly<Record<string, unknown>> {
  readonly name: string
}

export const namedOp = aliasOp<NamedAttributes>({
  name: "named",
  doc: "named(x, name) = x, under a name that plans, profiles and errors show",
  vjp: ({ cotangent }) => [cotangent],
  attributes: { name: "hidden" },
})

/** x under a name that plans, profiles and errors show. */
export const named = dual("named", (x, name: string) => applyOp(namedOp, [x], { name }))
