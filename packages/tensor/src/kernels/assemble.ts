import { liftLiterals } from "../codegen/lift.ts"
import { shaderText } from "../codegen/shader.ts"
import type { Kernel } from "./kernel.ts"

/** What a family says of one dispatch. */
export interface KernelParts {
  readonly label: string
  readonly family: string
  readonly bindings: Kernel["bindings"]
  /** u32 parameters by name, read in the shader as `params.<name>`. */
  readonly params: Readonly<Record<string, number>>
  /** WGSL functions the emitted code calls. */
  readonly functions: Iterable<string>
  /** Code emitted from the graph: `element`, `operand`, `finish`. Its shape-dependent numbers become parameters. */
  readonly code: string
  /** Elements the emitted code runs for: decides whether its numbers stay constants. */
  readonly elements: number
  readonly workgroupSize: number
  readonly main: string
  readonly workgroups: number
  readonly choice: Kernel["choice"]
}

/** Puts a dispatch together from its parts. */
export const assembleKernel = (parts: KernelParts): Kernel => {
  const { label, family, bindings, workgroups, choice } = parts
  const lifted = liftLiterals(parts.code, parts.elements)
  const wgsl = shaderText({
    bindings: bindings.map(({ binding }) => binding),
    params: [...Object.keys(parts.params), ...lifted.names],
    functions: parts.functions,
    code: lifted.code,
    workgroupSize: parts.workgroupSize,
    main: parts.main,
  })
  return {
    label,
    family,
    wgsl,
    bindings,
    params: [...Object.values(parts.params), ...lifted.words],
    workgroups,
    choice,
  }
}
