import { statement, wgsl } from "../../codegen/expression.ts"
import { hasQuads, quadType } from "../../codegen/quads.ts"
import type { Group, GroupBindings } from "../dispatch/group.ts"
import { sizeOf } from "../../shape/shape.ts"
import { quadFunction, quadPositions, type QuadFunction } from "./quadElement.ts"

/**
 * `fn finish4(i, acc) -> vec4<T>`: what the tail makes of the anchor's elements 4i … 4i + 3 in row-major order, four at a
 * time. `null` where the output is no whole number of quads.
 */
export const quadFinish = (group: Group, bindings: GroupBindings): QuadFunction | null => {
  const { root, anchor } = group
  if (!hasQuads(root)) return null
  // The tail keeps row-major order, so each value needs the anchor's element of its own component.
  let component = ""
  const head = statement`fn finish4(i: u32, acc: ${quadType(anchor!.dtype)})`
  const valuesOf: Parameters<typeof quadFunction>[4] = (body, tensor) =>
    quadPositions("i", sizeOf(root.shape)).map((position, c) => {
      component = "xyzw"[c]!
      return body.value(tensor, body.split(position, tensor.shape))
    })
  return quadFunction(group, bindings, head, root, valuesOf, () => wgsl`acc.${component}`, wgsl`i`)
}
