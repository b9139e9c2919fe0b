import { divisionFunctions } from "../../codegen/division.ts"
import { liftLiterals } from "../../codegen/lift.ts"
import { shaderText } from "../../codegen/shader.ts"
import { paramWords, type Kernel, type Staged } from "./kernel.ts"

/** What a family says of one dispatch. */
export interface KernelParts {
  readonly label: string
  readonly family: string
  readonly bindings: Kernel["bindings"]
  /** Operands read from textures, by their names in the shader. */
  readonly textures?: readonly { readonly name: string; readonly staged: Staged }[]
  /** WGSL directives, first in the shader. */
  readonly directives?: readonly string[]
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
  /** What is to be recorded beside the choice of the way. */
  readonly choice?: Kernel["choice"]
}

// Inputs in the order the code reads them: kernels that differ only in which of two operands a program made first are one.
const inOrderOfUse = ({ bindings, code, main }: KernelParts): KernelParts["bindings"] => {
  const text = `${code}\n${main}`
  const isInput = ({ binding }: KernelParts["bindings"][number]): boolean => /^in\d+$/.test(binding.name)
  const firstUse = ({ binding }: KernelParts["bindings"][number]): number =>
    text.search(new RegExp(`\\bload4?_${binding.name}\\(`))
  const inputs = bindings.filter(isInput).toSorted((a, b) => firstUse(a) - firstUse(b))
  return bindings.map((entry) => (isInput(entry) ? inputs.shift()! : entry))
}

/** Puts a dispatch together from its parts. */
export const assembleKernel = (parts: KernelParts): Kernel => {
  const { label, family, workgroups, choice = {} } = parts
  const bindings = inOrderOfUse(parts)
  const lifted = liftLiterals(parts.code, parts.elements, paramWords - Object.keys(parts.params).length)
  const textures = parts.textures ?? []
  const wgsl = shaderText({
    directives: parts.directives ?? [],
    textures: textures.map(({ name, staged }) => ({ name, packed: staged.packed === true })),
    bindings: bindings.map(({ binding }) => binding),
    params: [...Object.keys(parts.params), ...lifted.names],
    functions: [...parts.functions, ...divisionFunctions(lifted.code, lifted.names.length > 0)],
    code: lifted.code,
    workgroupSize: parts.workgroupSize,
    main: parts.main,
  })
  const params = [...Object.values(parts.params), ...lifted.words]
  return { label, family, wgsl, bindings, textures: textures.map(({ staged }) => staged), params, workgroups, choice }
}
