import { globals as found } from "webgpu"

const globals = found as Readonly<
  Record<"GPUQueue" | "GPUBuffer" | "GPUDevice" | "GPUAdapter", { readonly prototype: object }>
>

/** WebGPU's calls at which a device can be lost: an upload, the submission of work, the reading of results, the making of memory. */
export type DeviceCall = "writeBuffer" | "submit" | "mapAsync" | "createComputePipelineAsync"

type Method = (this: unknown, ...args: unknown[]) => unknown

const owners: Readonly<Record<DeviceCall, object>> = {
  writeBuffer: globals.GPUQueue.prototype,
  submit: globals.GPUQueue.prototype,
  mapAsync: globals.GPUBuffer.prototype,
  createComputePipelineAsync: globals.GPUDevice.prototype,
}

const wrapped = (owner: object, name: string, wrap: (original: Method) => Method): (() => void) => {
  const original = (owner as Record<string, Method>)[name]!
  Object.assign(owner, { [name]: wrap(original) })
  return () => void Object.assign(owner, { [name]: original })
}

/**
 * Destroys the device that was opened last at the nth call of a kind from now on, just after it: as a driver that is reset takes it away.
 * `calls` counts them; `restore` leaves WebGPU as it was.
 */
export const losingDevice = () => {
  const opened: GPUDevice[] = []
  const calls: Record<DeviceCall, number> = { writeBuffer: 0, submit: 0, mapAsync: 0, createComputePipelineAsync: 0 }
  let loseAt: readonly [DeviceCall, number] | undefined
  const restores = [
    wrapped(
      globals.GPUAdapter.prototype,
      "requestDevice",
      (original) =>
        async function (this: unknown, ...args) {
          const device = (await original.apply(this, args)) as GPUDevice
          opened.push(device)
          return device
        },
    ),
    ...Object.entries(owners).map(([name, owner]) =>
      wrapped(
        owner,
        name,
        (original) =>
          function (this: unknown, ...args) {
            const count = ++calls[name as DeviceCall]
            const result = original.apply(this, args)
            if (loseAt?.[0] === name && loseAt[1] === count) opened.at(-1)!.destroy()
            return result
          },
      ),
    ),
  ]
  return {
    calls,
    opened,
    loseAt: (call: DeviceCall, count: number): void => {
      for (const name of Object.keys(calls) as DeviceCall[]) calls[name] = 0
      loseAt = [call, count]
    },
    restore: (): void => restores.forEach((restore) => restore()),
  }
}
