import { isTensor, mapTree, type Device, type HostArray, type Mapped, type Spec, type Tensor } from "@diva/tensor"

/** What a probe found. */
export interface Finding {
  readonly passed: boolean
  /** What was measured, in words and numbers. */
  readonly measured: string
}

/** One question to the adapter, answered by a real kernel. */
export interface Probe {
  readonly name: string
  /** What a user can do when it fails. */
  readonly remedy: string
  readonly run: (device: Device) => Promise<Finding>
}

/** Arguments of a probe's program, on the host. */
export type ProbeArguments = Readonly<Record<string, HostArray>>

type Tensors<Args> = { readonly [Name in keyof Args]: Tensor }

const specOf = ({ shape, dtype }: HostArray): Spec => ({ shape, dtype })

/** Runs a program once on the device and frees what it used. */
export const runOnce = async <Args extends ProbeArguments, Outputs>(
  device: Device,
  program: (args: Tensors<Args>) => Outputs,
  args: Args,
): Promise<Mapped<Outputs, Tensor, HostArray>> => {
  const specs = Object.fromEntries(Object.entries(args).map(([name, array]) => [name, specOf(array)]))
  const compiled = await device.compile(program, specs as never, { name: "probe" })
  try {
    return (await device.read(compiled(args as never))) as never
  } finally {
    compiled.dispose()
  }
}

/** A tree with every tensor replaced by its value under `evaluate`. */
export const evaluated = <T>(tree: T, evaluate: (tensor: Tensor) => HostArray): Mapped<T, Tensor, HostArray> =>
  mapTree(tree, isTensor, evaluate) as never
