import { sizeOf, type Shape, type Spec, type Tensor } from "@diva/tensor"
import { nearestName } from "./nearestName.ts"
import { raiseModelError } from "../modelError.ts"

/** How a fresh model draws a parameter: one value, or normal numbers of mean 0 and a standard deviation. */
export type Initial =
  { readonly kind: "constant"; readonly value: number } | { readonly kind: "normal"; readonly deviation: number }

/** A parameter as a model declares it: its name in the reference's checkpoints, its shape, its first values. */
export interface Parameter {
  readonly name: string
  readonly shape: Shape
  readonly initial: Initial
}

/** Parameters by their checkpoint names. */
export type Params = Readonly<Record<string, Tensor>>

export const parameter = (name: string, shape: Shape, deviation: number): Parameter => ({
  name,
  shape,
  initial: { kind: "normal", deviation },
})

export const constantParameter = (name: string, shape: Shape, value: number): Parameter => ({
  name,
  shape,
  initial: { kind: "constant", value },
})

/** Names and shapes, for a strict check of a checkpoint both ways. */
export const shapesOf = (parameters: readonly Parameter[]): Readonly<Record<string, Shape>> =>
  Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]))

/** Names and specs, for compiling a program that takes the parameters; f16 stores frozen weights in half the memory. */
export const specsOf = (
  parameters: readonly Parameter[],
  dtype: "f32" | "f16" = "f32",
): Readonly<Record<string, Spec>> => Object.fromEntries(parameters.map(({ name, shape }) => [name, { shape, dtype }]))

/** How many numbers the parameters hold. */
export const parameterCount = (parameters: readonly Parameter[]): number =>
  parameters.reduce((total, { shape }) => total + sizeOf(shape), 0)

/** The parameter called `name`. Throws `ParameterMissing`, naming the nearest that is there. */
export const parameterOf = (params: Params, name: string): Tensor => {
  const found = params[name]
  if (found !== undefined) return found
  const nearest = nearestName(name, Object.keys(params))
  return raiseModelError({
    _tag: "ParameterMissing",
    name,
    ...(nearest === undefined ? {} : { nearest }),
    rule: `the parameters hold no such name${nearest === undefined ? "" : `; the nearest is ${nearest}`}`,
    remedy: "pass parameters of the configuration the model was made with, under the checkpoint's own names",
  })
}
