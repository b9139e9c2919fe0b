/**
 * How fast a class of adapters is, as data: what ways of computing are compared by where nothing was measured. Rates are what
 * good kernels reach, not peaks; a way whose rate is unknown is not considered.
 */
export interface CostModel {
  readonly name: string
  /** Bytes per second that kernels read and write. */
  readonly bytes: number
  /** Seconds that a dispatch takes by itself. */
  readonly dispatch: number
  /** Seconds that encoding a dispatch takes the processor, where that was measured: ways that need one more must save as much. */
  readonly encoding?: number
  /** Workgroups that run at a time: fewer leave some of the adapter idle. */
  readonly cores: number
  /** Bytes of memory that every adapter of the class has, where that is known: WebGPU does not tell. */
  readonly memory?: number
  /** Bytes of workgroup memory that a core has for all workgroups on it, where that is known: WebGPU tells only what one may have. */
  readonly coreMemory?: number
  /** FLOPs below which laying operands out anew takes longer than it saves. */
  readonly smallest: number
  /** FLOP/s by the inner loop of a kernel. */
  readonly rates: Readonly<Partial<Record<InnerLoop, number>>>
}

/**
 * - `registers`: tiles in registers of an invocation, operands from buffers one element at a time
 * - `workgroup`: tiles in workgroup memory, f32 multiply-adds; `workgroupHalf`: the same in f16
 * - `lanes`: tiles of a subgroup of eight lanes, operands from textures by broadcasts
 * - `matrixHalf`, `matrixSplit`: matrix units on operands rounded to f16, or split into two f16
 * - `packedHalf`, `packedSplit`: the same on operands that lie as matrix units load them
 */
export type InnerLoop =
  "registers" | "workgroup" | "workgroupHalf" | "lanes" | "matrixHalf" | "matrixSplit" | "packedHalf" | "packedSplit"

/** Seconds of so many FLOPs in an inner loop; infinite where the model has no rate for it. */
export const secondsOf = ({ rates }: CostModel, loop: InnerLoop, flops: number): number => flops / (rates[loop] ?? 0)

/** Seconds of like workgroups that fill the adapter's cores round by round. */
export const filledSeconds = (
  model: CostModel,
  loop: InnerLoop,
  { workgroups, flops }: { readonly workgroups: number; readonly flops: number },
): number => model.dispatch + secondsOf(model, loop, Math.ceil(workgroups / model.cores) * model.cores * flops)
