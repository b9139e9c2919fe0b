import { mapTree, type HostArray, type Mapped, type Spec, type Tensor } from "@diva/tensor"
import { isHostArray } from "./namedArrays.ts"

/** Shapes and element types of a tree of host arrays that stands for a program's arguments `Args`. */
export const specTree = <Args>(tree: Mapped<Args, Tensor, HostArray>): Mapped<Args, Tensor, Spec> =>
  mapTree(tree, isHostArray, ({ shape, dtype }): Spec => ({ shape, dtype })) as unknown as Mapped<Args, Tensor, Spec>
