import { mapTree, type Mapped, type Spec, type Tensor } from "@diva/tensor"
import { isWeightArray, type WeightsOf } from "./weightArray.ts"

/** Shapes and element types of a tree of arrays that stands for a program's arguments `Args`. */
export const specTree = <Args>(tree: WeightsOf<Args>): Mapped<Args, Tensor, Spec> =>
  mapTree(tree, isWeightArray, ({ shape, dtype }): Spec => ({ shape, dtype })) as unknown as Mapped<Args, Tensor, Spec>
