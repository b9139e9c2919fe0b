import { adapterKey } from "./adapterKey.ts"
import type { AdapterFacts } from "./adapterFacts.ts"
import type { KernelFacts } from "./kernelFacts.ts"
import type { CostModel } from "./costModel.ts"

/** Processors that emulate an adapter; measured on lavapipe, two cores of Zen 4. Barriers there turn kernels into coroutines. */
export const softwareModel: CostModel = {
  name: "software",
  bytes: 6e9,
  dispatch: 40e-6,
  cores: 2,
  smallest: 1 << 24,
  rates: { registers: 9e9, workgroup: 7e9, lanes: 90e9 },
}

/** GPUs of which nothing is known: a mid-range one, without matrix units. */
export const gpuModel: CostModel = {
  name: "gpu",
  bytes: 300e9,
  dispatch: 5e-6,
  cores: 48,
  smallest: 0,
  rates: { registers: 0.5e12, workgroup: 5e12, workgroupHalf: 8e12 },
}

/** GPUs with matrix units of which nothing else is known. */
export const matrixGpuModel: CostModel = {
  ...gpuModel,
  name: "gpu with matrix units",
  rates: { ...gpuModel.rates, matrixHalf: 20e12, matrixSplit: 11e12, packedHalf: 20e12, packedSplit: 11e12 },
}

/**
 * NVIDIA's Hopper, driver 580, on an H200. Bytes, seconds of a dispatch and cores were measured; rates were measured of prototypes of each
 * kind of kernel (matrices of 4096; packed convolutions: the mean of five, packing and idle cores taken off) and are expected of
 * kernels here: those that had the rates of `workgroup` and `matrixSplit` reached 12 (27 in large convolutions) and 16 TFLOP/s before
 * they fetched whole vectors as the prototypes do. The smallest of its cards for computing has 80 GB.
 */
export const hopperModel: CostModel = {
  name: "nvidia hopper",
  bytes: 4.2e12,
  dispatch: 3.6e-6,
  encoding: 8.5e-6,
  cores: 132,
  memory: 80e9,
  coreMemory: 227 * 1024,
  smallest: 0,
  rates: {
    registers: 1e12,
    workgroup: 45e12,
    workgroupHalf: 60e12,
    matrixHalf: 154e12,
    matrixSplit: 101e12,
    packedHalf: 280e12,
    packedSplit: 116e12,
  },
}

/** Models of adapters that were measured, by the begin of one of an adapter's names. */
const measured: readonly (readonly [begin: string, model: CostModel])[] = [
  ["nvidia hopper", hopperModel],
  ["nvidia-h100", hopperModel],
  ["nvidia-h200", hopperModel],
]

/** The cost model of an adapter by the names it goes by: its own where it was measured, else its class's. */
export const modelFor = (
  { isSoftware = false, matrixUnits = null }: KernelFacts,
  ...names: readonly string[]
): CostModel => {
  if (isSoftware) return softwareModel
  const own = measured.find(([begin]) => names.some((name) => name.startsWith(begin)))?.[1]
  return own ?? (matrixUnits !== null ? matrixGpuModel : gpuModel)
}

/** The cost model of an adapter that is there. */
export const modelOf = (
  adapter: Pick<AdapterFacts, "vendor" | "architecture" | "device" | "description">,
  facts: KernelFacts,
): CostModel => modelFor(facts, adapterKey(adapter))
