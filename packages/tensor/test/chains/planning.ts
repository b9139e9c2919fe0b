import { planOf } from "../../src/device/programs/compile.ts"
import type { KernelFacts } from "../../src/adapter/kernelFacts.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { families } from "./families.ts"
import { programOf } from "./program.ts"

const software: KernelFacts = {
  storageBuffers: 16,
  bindingBytes: 134_217_728,
  workgroupsPerAxis: 65_535,
  subgroupSize: 8,
  textureExtent: 16_384,
  isSoftware: true,
}

/** What kernels are planned for: textures and subgroups, neither, tiles in workgroup memory, windows of a tensor. */
export const adapters: readonly KernelFacts[] = [
  software,
  { ...software, textureExtent: 0 },
  { ...software, subgroupSize: 0, textureExtent: 0, storageBuffers: 8 },
  { ...software, isSoftware: false, workgroupMemory: 32_768 },
  { ...software, bindingBytes: 16_384 },
]

/** Plans the expressions of these seeds, of every family, for every adapter: what was thrown, and how many plans there were. */
export const planSeeds = (
  first: number,
  count: number,
): { readonly wrong: readonly string[]; readonly ran: number } => {
  const wrong: string[] = []
  let ran = 0
  for (let seed = first; seed < first + count; seed++)
    for (const family of Object.keys(families)) {
      const program = programOf([{ family, seed }])
      for (const [i, limits] of adapters.entries()) {
        ran++
        try {
          planOf(({ x }: { readonly x: readonly Tensor[] }) => program.results(x), { x: program.specs }, limits)
        } catch (error) {
          wrong.push(`${family} ${seed}, adapter ${i}: ${String(error)}`)
        }
      }
    }
  return { wrong, ran }
}
