import { statement, wgsl } from "../../codegen/expression.ts"
import { hasQuads, quadType } from "../../codegen/quads.ts"
import { addIndex, atomIndex, constantIndex, scaleIndex } from "../../codegen/indexing.ts"
import type { Group, GroupBindings } from "../dispatch/group.ts"
import { sizeOf } from "../../shape/shape.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import { quadEntries, quadFunction, type QuadFunction } from "./quadElement.ts"

/** The tail of a convolution for kernels whose results are planes of pixels, four pixels at a time. */
export interface PlaneTail {
  readonly entries: Kernel["bindings"]
  readonly code: string
  readonly functions: Iterable<string>
}

/**
 * `fn finish4(p, q, acc) -> vec4<T>`: what the tail makes of pixels 4q … 4q + 3 of plane p, where planes of `plane` pixels
 * follow one another in row-major order. What depends on the plane alone, a bias for one, costs no division of positions.
 */
const planeFinish = (group: Group, bindings: GroupBindings, plane: number): QuadFunction => {
  const { root, anchor } = group
  const planes = scaleIndex(atomIndex({ name: "p", extent: sizeOf(root.shape) / plane }), plane)
  const first = addIndex(planes, scaleIndex(atomIndex({ name: "q", extent: plane / 4 }), 4))
  // The tail keeps row-major order, so each value needs the anchor's element of its own component.
  let component = ""
  const head = statement`fn finish4(p: u32, q: u32, acc: ${quadType(anchor!.dtype)})`
  const valuesOf: Parameters<typeof quadFunction>[4] = (body, tensor) =>
    [..."xyzw"].map((name, c) => {
      component = name
      return body.value(tensor, body.split(addIndex(first, constantIndex(c)), tensor.shape))
    })
  const place = wgsl`p * ${plane / 4}u + q`
  return quadFunction(group, bindings, head, root, valuesOf, () => wgsl`acc.${component}`, place)
}

/** `null` where the output cannot be written four pixels at a time. */
export const planeTail = (group: Group, bindings: GroupBindings, plane: number): PlaneTail | null => {
  const { access, windows } = bindings.entries.at(-1)!.binding
  if (plane % 4 !== 0 || !hasQuads(group.root) || access !== "write" || windows !== 1) return null
  const { code, functions, vectors } = planeFinish(group, bindings, plane)
  const entries = quadEntries(bindings, vectors, group).filter(
    ({ binding }) => binding.access !== "read" || new RegExp(`\\bload4?_${binding.name}\\(`).test(code),
  )
  return { entries, code, functions }
}
