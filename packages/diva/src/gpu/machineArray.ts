import type { HostArray, Mapped, Spec, Tensor } from "@diva/tensor"

/** A tensor that a machine holds: its shape and element type are known, its numbers must be read. */
export type MachineArray = Spec

/** The tree of arrays that stands for a tree of tensors. */
export type ArraysOf<T> = Mapped<T, Tensor, MachineArray>

/** The tree of specs a program is compiled for. */
export type SpecsOf<T> = Mapped<T, Tensor, Spec>

/** The tree of host arrays that comes back from a read. */
export type HostOf<T> = Mapped<T, Tensor, HostArray>
