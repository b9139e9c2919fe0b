import { applyOp, type HostArray, type Op, type Tensor } from "@diva/tensor"
import { ops } from "../../../tensor/src/ops/registry.ts"
import { argumentsOf, elementsOf } from "../../../tensor/test/ops/samples.ts"

/** One application of an op, with values of its inputs. */
export interface OpCase {
  readonly title: string
  readonly values: readonly HostArray[]
  readonly f: (...inputs: readonly Tensor[]) => Tensor
}

export const floats = ({ dtype }: { readonly dtype: string }): boolean => dtype === "f32" || dtype === "f16"

/** Samples of an op up to a size. */
export const casesOf = (op: Op, most: number): readonly OpCase[] =>
  op.samples
    .filter((sample) => elementsOf(sample) <= most)
    .map((sample) => {
      const values = argumentsOf(op, sample)
      return {
        title: `${op.name} of ${values.map(({ shape }) => `[${shape.join(", ")}]`).join(" ")}`,
        values,
        f: (...inputs) => applyOp(op, inputs, sample.attributes),
      }
    })

/** Ops with a derivative that can be taken of random arguments. */
export const differentiableOps: readonly Op[] = ops.filter(
  (op) =>
    typeof op.vjp === "function" &&
    op.except?.gradient === undefined &&
    op.samples.some(({ inputs }) => inputs.some(floats)),
)

export { ops as allOps }
