import { coordinatesOf, createBody } from "../codegen/body.ts"
import { wgslType } from "../codegen/element.ts"
import type { Group } from "../plan/fusion.ts"
import { sameShape } from "../shape.ts"
import { finishFunction, storedBoundary, type GroupBindings } from "./tail.ts"

/**
 * `fn finish_at(p, q, acc) -> T`: what the tail of a convolution makes of pixel q of plane p = image · features + feature.
 * What depends on the plane alone, a bias for one, is addressed without dividing positions.
 */
export const planeFinish = (
  group: Group,
  bindings: GroupBindings,
): { readonly code: string; readonly functions: ReadonlySet<string> } => {
  const shape = group.anchor!.shape as readonly [number, number, number, number]
  const result = wgslType(group.root.dtype)
  const head = `fn finish_at(p: u32, q: u32, acc: ${wgslType(group.anchor!.dtype)}) -> ${result}`
  if (!sameShape(shape, group.root.shape)) {
    const { code, functions } = finishFunction(group, bindings)
    return { code: `${code}\n${head} { return finish(p * ${shape[2] * shape[3]}u + q, acc); }`, functions }
  }
  const planes = { variable: "p", shape: shape.slice(0, 2) }
  const pixels = { variable: "q", shape: shape.slice(2) }
  const body = createBody([planes, pixels], storedBoundary(group, bindings, "acc"))
  const value = body.value(group.root, [...coordinatesOf(planes), ...coordinatesOf(pixels)])
  const text = body.lines.map((line) => `  ${line}`).join("\n")
  return { code: `${head} {\n${text}\n  return ${value};\n}`, functions: body.functions }
}
