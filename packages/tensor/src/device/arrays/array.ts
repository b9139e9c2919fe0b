import { tensorError } from "../../error.ts"
import { showSpec, type Spec } from "../../shape/shape.ts"
import type { HostArray } from "../../host/array.ts"
import { inspect } from "../../text/inspect.ts"
import { printed } from "../../text/printed.ts"
import { showValues } from "../../text/values.ts"
import { readBuffers } from "./readBuffers.ts"
import { destroyBuffer, requireWorking, type BufferRecord, type DeviceState } from "../state.ts"

/**
 * A tensor's numbers on a device. It belongs to the device (after `put` or `keep`) or to the executable that computed it,
 * and then lives until that executable runs again.
 */
export interface DeviceArray extends Spec, Disposable {
  readonly _tag: "DeviceArray"
  /** Whether it still holds its numbers: not donated, disposed, or overwritten by a later run. */
  readonly isLive: () => boolean
  /** Its numbers, read back. Rejects with `StaleArray` where it holds none any more. */
  readonly read: () => Promise<HostArray>
  /** Prints its numbers, its shape and statistics. */
  readonly show: () => Promise<void>
}

interface Holding {
  readonly state: DeviceState
  readonly buffer: BufferRecord
  /** Why the array is gone, once it is. */
  gone: string | null
  /** Whether a later run has overwritten the buffer. */
  readonly isStale: () => boolean
  /** Takes the buffer from whoever owned it. */
  readonly detach: () => void
  /** What disposing does besides. */
  readonly release: () => void
}

const whyGone = ({ gone, isStale }: Holding): string | null =>
  gone ?? (isStale() ? "its executable has run again since" : null)

// A run makes one for every output, hundreds in a training step: a class makes them ten times as fast as closures would, and its
// private field tells them from anything that looks alike.
class HeldArray implements DeviceArray {
  readonly _tag = "DeviceArray"
  readonly shape: Spec["shape"]
  readonly dtype: Spec["dtype"]
  readonly #holding: Holding

  constructor({ shape, dtype }: Spec, holding: Holding) {
    this.shape = shape
    this.dtype = dtype
    this.#holding = holding
  }

  static holds(value: object): value is HeldArray {
    return #holding in value
  }

  static holdingOf(array: HeldArray): Holding {
    return array.#holding
  }

  isLive(): boolean {
    return whyGone(this.#holding) === null
  }

  async read(): Promise<HostArray> {
    const { state } = this.#holding
    requireWorking(state, "read")
    const [values] = await readBuffers(state, [{ spec: this, buffer: bufferOf(state, this, "read") }])
    return values!
  }

  async show(): Promise<void> {
    printed(showValues(await this.read()))
  }

  [inspect](): string {
    const gone = whyGone(this.#holding)
    return `DeviceArray ${showSpec(this)}${gone === null ? ", await x.show() prints its numbers" : `, gone: ${gone}`}`
  }

  [Symbol.dispose](): void {
    if (!this.isLive()) return
    this.#holding.gone = "it was disposed"
    this.#holding.release()
  }
}

export const isDeviceArray = (value: unknown): value is DeviceArray =>
  typeof value === "object" && value !== null && HeldArray.holds(value)

/** An array whose buffer belongs to the device's scope. */
export const ownedArray = (state: DeviceState, spec: Spec, buffer: BufferRecord): DeviceArray => {
  const owner = { dispose: () => destroyBuffer(state, buffer) }
  state.owned.add(owner)
  const detach = (): void => void state.owned.delete(owner)
  const release = (): void => {
    detach()
    destroyBuffer(state, buffer)
  }
  return new HeldArray(spec, { state, buffer, gone: null, isStale: () => state.closed, detach, release })
}

/** An array whose buffer belongs to an executable: `detach` makes the executable forget the buffer. */
export const lentArray = (
  state: DeviceState,
  spec: Spec,
  buffer: BufferRecord,
  isStale: () => boolean,
  detach: () => void,
): DeviceArray => new HeldArray(spec, { state, buffer, gone: null, isStale, detach, release: nothing })

const nothing = (): void => {}

const holdingOf = (state: DeviceState, array: DeviceArray, op: string): Holding => {
  const holding = HeldArray.holdingOf(array as HeldArray)
  const gone = whyGone(holding)
  if (gone !== null)
    throw tensorError({
      _tag: "StaleArray",
      op,
      rule: `the array ${showSpec(array)} is gone: ${gone}`,
      remedy: "device.keep(array) detaches an output; a donated argument is replaced by the matching output",
    })
  if (holding.state !== state)
    throw tensorError({
      _tag: "DeviceFailure",
      op,
      rule: "the array belongs to another device",
      remedy: "read it there and put it here",
    })
  return holding
}

/** The buffer of a live array. Throws `StaleArray` otherwise. */
export const bufferOf = (state: DeviceState, array: DeviceArray, op: string): BufferRecord =>
  holdingOf(state, array, op).buffer

/** Takes the buffer away from the array and its owner; the array is gone afterwards. */
export const takeBuffer = (state: DeviceState, array: DeviceArray, op: string, why: string): BufferRecord => {
  const holding = holdingOf(state, array, op)
  holding.gone = why
  holding.detach()
  return holding.buffer
}
