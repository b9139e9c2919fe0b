import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import type { Spec } from "./shape/shape.ts"

/** An operand as an error shows it. */
export interface Operand extends Spec {
  readonly name: string
  /** What the op calls the axes: the last ones where there are fewer names than axes. */
  readonly axes?: readonly string[]
  /** Axes that break the rule, from 0. */
  readonly marked?: readonly number[]
}

/** What went wrong, as data. `remedy` says what the caller can do about it. */
export type TensorErrorDetail =
  | {
      readonly _tag: "ShapeMismatch"
      readonly op: string
      readonly operands: readonly Operand[]
      readonly rule: string
      readonly remedy: string
    }
  | {
      readonly _tag: "DTypeMismatch"
      readonly op: string
      readonly operands: readonly Operand[]
      readonly rule: string
      readonly remedy: string
    }
  | {
      readonly _tag: "InvalidAttribute"
      readonly op: string
      readonly attribute: string
      readonly rule: string
      readonly remedy: string
    }
  | { readonly _tag: "InvalidData"; readonly op: string; readonly rule: string; readonly remedy: string }
  | {
      readonly _tag: "TreeMismatch"
      readonly op: string
      readonly path: string
      readonly rule: string
      readonly remedy: string
    }
  | { readonly _tag: "NotDifferentiable"; readonly op: string; readonly rule: string; readonly remedy: string }
  | { readonly _tag: "NotMappable"; readonly op: string; readonly rule: string; readonly remedy: string }
  | {
      readonly _tag: "LimitExceeded"
      readonly op: string
      readonly limit: string
      readonly rule: string
      readonly remedy: string
    }
  | {
      readonly _tag: "KernelInvalid"
      readonly op: string
      readonly line: number
      readonly source: string
      readonly rule: string
      readonly remedy: string
      readonly file?: string
    }
  | { readonly _tag: "DeviceFailure"; readonly op: string; readonly rule: string; readonly remedy: string }
  | { readonly _tag: "DeviceLost"; readonly op: string; readonly rule: string; readonly remedy: string }
  | { readonly _tag: "DeviceUnavailable"; readonly op: string; readonly rule: string; readonly remedy: string }
  | {
      readonly _tag: "OutOfDeviceMemory"
      readonly op: string
      readonly bytes: number
      readonly rule: string
      readonly remedy: string
    }
  | { readonly _tag: "StaleArray"; readonly op: string; readonly rule: string; readonly remedy: string }

/** A `TensorErrorDetail` that can be thrown: its message is the rendered text, `at` the caller's position. */
export type TensorError = Error & TensorErrorDetail & { readonly at: string }

const ownFrame = /[\\/](?:packages|node_modules[\\/]@diva)[\\/](?:tensor|autograd)[\\/](?:src|dist)[\\/]/

/** In a bundle the file that all of this library lies in; elsewhere every file of it is known by its folder. */
const bundle = /[\\/]error\.[jt]s$/.test(import.meta.url) ? undefined : import.meta.url

const isOwn = (line: string): boolean => ownFrame.test(line) || (bundle !== undefined && line.includes(bundle))

/** The first stack line outside this library: where the user's program called it. */
export const callerOf = (stack: string | undefined): string => {
  const isPlace = (line: string): boolean => /^\s*at /.test(line) && !/node:internal|<anonymous>\)?$/.test(line)
  const frames = (stack ?? "").split("\n").filter(isPlace)
  const frame = frames.find((line) => !isOwn(line)) ?? frames.at(-1) ?? ""
  return frame
    .replace(/^\s*at (?:async )?/, "")
    .replace("file://", "")
    .replace(/\?[^:)]*(?=:\d)/, "") // what a bundler or a test runner adds to a file's name
}

const showExtents = ({ shape, axes = [] }: Operand): readonly string[] =>
  shape.map((extent, i) => {
    const name = axes[i - shape.length + axes.length]
    return name === undefined ? String(extent) : `${name} ${extent}`
  })

// `f32[batch 4, tokens 257]`, and carets under the axes that are wrong.
const showOperand = (operand: Operand): readonly string[] => {
  const extents = showExtents(operand)
  const start = `  ${operand.name}  ${operand.dtype}[`
  const marks = extents.map((text, i) => (operand.marked?.includes(i) === true ? "^" : " ").repeat(text.length))
  const line = `${start}${extents.join(", ")}]`
  return marks.join("").trim() === "" ? [line] : [line, `${" ".repeat(start.length)}${marks.join("  ")}`.trimEnd()]
}

const showOperands = (detail: TensorErrorDetail): readonly string[] =>
  "operands" in detail ? detail.operands.flatMap(showOperand) : []

const showKernel = (detail: TensorErrorDetail): readonly string[] =>
  detail._tag === "KernelInvalid"
    ? [
        `  line ${detail.line}: ${detail.source}`,
        ...(detail.file === undefined ? [] : [`  whole shader: ${detail.file}`]),
      ]
    : []

/** The text of an error: what, with which operands, where, and what to try. */
export const renderTensorError = (detail: TensorErrorDetail, at: string): string =>
  [
    `${detail._tag} in ${detail.op}: ${detail.rule}`,
    ...showOperands(detail),
    ...showKernel(detail),
    ...(at === "" ? [] : [`  at ${at}`]),
    ...(detail.remedy === "" ? [] : [`  try  ${detail.remedy}`]),
  ].join("\n")

const plainOperand = ({ name, shape, dtype, axes, marked }: Operand): Operand => ({
  name,
  shape,
  dtype,
  ...(axes === undefined ? {} : { axes }),
  ...(marked === undefined ? {} : { marked }),
})

// Ops pass tensors as operands; an error that held them would print, and keep alive, the whole graph.
const withPlainOperands = (detail: TensorErrorDetail): TensorErrorDetail =>
  "operands" in detail ? { ...detail, operands: detail.operands.map(plainOperand) } : detail

// V8 keeps ten frames, which deep trees and nested models fill with this library's own.
const frames = 100

/** Runs `capture` while stacks keep so many frames; by default enough to reach the user's program. */
export const withFrames = <A>(capture: () => A, kept = frames): A => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = kept
  try {
    return capture()
  } finally {
    Error.stackTraceLimit = limit
  }
}

/** Makes a throwable error of a detail; `at` defaults to the caller's position. */
export const tensorError = (detail: TensorErrorDetail, at?: string): TensorError => {
  const error = withFrames(() => new Error())
  const position = at ?? callerOf(error.stack)
  error.message = renderTensorError(detail, position)
  error.name = detail._tag
  // The stack was taken before there was a message: without it an error that nobody catches would print as "Error".
  if (error.stack !== undefined) error.stack = error.stack.replace(/^Error(: )?(?=\n)/, () => error.message)
  return Object.assign(error, withPlainOperands(detail), { at: position })
}

/** Throws a detail as an error: how an op at its call site reports a mistake. */
export const raise = (detail: TensorErrorDetail): never => {
  throw tensorError(detail)
}

export const isTensorError = (value: unknown): value is TensorError =>
  value instanceof Error && "_tag" in value && "at" in value && "rule" in value

/** Runs `describe` and returns its value, or the tensor error it threw. Other exceptions pass through. */
export const attempt = <A>(describe: () => A): Either<TensorError, A> => {
  try {
    return E.right(describe())
  } catch (error) {
    if (isTensorError(error)) return E.left(error)
    throw error
  }
}
