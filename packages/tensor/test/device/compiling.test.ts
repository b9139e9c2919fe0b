import { expect, it } from "vitest"
import { compileCount, type CompileProgress, type ReadyWhen } from "../../src/device/compiling.ts"

const counted = (readyWhen: ReadyWhen) => {
  const told: CompileProgress[] = []
  return { count: compileCount((progress) => void told.push(progress), readyWhen), told }
}

const pipeline = (): GPUComputePipeline => ({ label: "" }) as GPUComputePipeline

const at = (done: number, total: number, busy: boolean): CompileProgress => ({ done, total, busy })

const settledPromises = () => new Promise((resolve) => setImmediate(resolve))

it("kernels are ready when they are created, where drivers compile then", async () => {
  const { count, told } = counted("created")
  const [first, second] = [Promise.withResolvers<GPUComputePipeline>(), Promise.withResolvers<GPUComputePipeline>()]
  count.creating(first.promise)
  count.creating(second.promise)
  count.say()
  count.say()
  expect(told).toEqual([at(0, 2, true)])
  second.resolve(pipeline())
  await settledPromises()
  expect(told.at(-1)).toEqual(at(1, 2, true))
  first.resolve(pipeline())
  await settledPromises()
  expect(told.at(-1)).toEqual(at(2, 2, false))
})

it("kernels are ready when they have run, where drivers compile them then, and run for the first time once", async () => {
  const { count, told } = counted("run")
  const kernel = pipeline()
  count.creating(Promise.resolve(kernel))
  await settledPromises()
  expect(told).toEqual([at(0, 1, false)])
  expect([count.takeFirstRun(kernel), count.takeFirstRun(kernel)]).toEqual([true, false])
  const finished = Promise.withResolvers<void>()
  count.running(1, finished.promise)
  expect(told.at(-1)).toEqual(at(0, 1, true))
  finished.resolve()
  await settledPromises()
  expect(told.at(-1)).toEqual(at(1, 1, false))
})

it("a kernel that cannot be compiled does not count, nor one whose device was lost", async () => {
  const { count, told } = counted("run")
  count.creating(Promise.reject(new Error("invalid")))
  count.creating(Promise.resolve(pipeline()))
  await settledPromises()
  expect(told.at(-1)).toEqual(at(0, 1, false))
  count.running(1, Promise.reject(new Error("lost")))
  await settledPromises()
  expect(told.at(-1)).toEqual(at(0, 1, false))
})
