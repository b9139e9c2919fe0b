/** How far a device has come with the kernels of the programs it was given. Kernels that programs share count once. */
export interface CompileProgress {
  /** Kernels that are compiled. */
  readonly done: number
  /** Kernels of all programs so far; more when another program is compiled. */
  readonly total: number
  /** Whether any is being compiled now; those of a program that has not run yet may have to wait for its first run. */
  readonly busy: boolean
}

/**
 * When a kernel is ready: most drivers compile when a pipeline is created, software adapters when it is dispatched for
 * the first time.
 */
export type ReadyWhen = "created" | "run"

/** Counts kernels from when they are asked for until they are ready. */
export interface CompileCount {
  /** Takes note of a pipeline that is being created. */
  readonly creating: (pipeline: Promise<GPUComputePipeline>) => void
  /** Tells how things stand, where they stand otherwise than last told. */
  readonly say: () => void
  /** Whether a pipeline will be compiled by its dispatch; asked of each at most once. */
  readonly takeFirstRun: (pipeline: GPUComputePipeline) => boolean
  /** Takes note of `count` first runs that have been submitted. */
  readonly running: (count: number, finished: Promise<unknown>) => void
}

/** A count that tells every change. */
export const compileCount = (tell: (progress: CompileProgress) => void, readyWhen: ReadyWhen): CompileCount => {
  const unrun = new Set<GPUComputePipeline>()
  let [done, total, underWay] = [0, 0, 0]
  let told = ""
  const say = (): void => {
    const progress = { done, total, busy: underWay > 0 }
    const text = JSON.stringify(progress)
    if (text === told) return
    told = text
    tell(progress)
  }
  const created = (pipeline: GPUComputePipeline): void => {
    underWay--
    if (readyWhen === "created") done++
    else unrun.add(pipeline)
    say()
  }
  const failed = (): void => {
    underWay--
    total--
    say()
  }
  return {
    creating: (pipeline) => {
      total++
      underWay++
      void pipeline.then(created, failed)
    },
    say,
    takeFirstRun: (pipeline) => unrun.delete(pipeline),
    running: (count, finished) => {
      underWay += count
      say()
      const end = (ready: number) => (): void => {
        underWay -= count
        done += ready
        say()
      }
      // A device that was lost finishes nothing; what it says of that reaches the caller elsewhere.
      void finished.then(end(count), end(0))
    },
  }
}
