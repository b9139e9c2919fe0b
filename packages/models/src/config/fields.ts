import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { isModelError, raiseModelError, type ModelError } from "../modelError.ts"

/** Reads single fields of a configuration object; each throws `ConfigInvalid` when the field does not fit. */
export interface Fields {
  readonly has: (field: string) => boolean
  /** An integer of at least 1. */
  readonly count: (field: string, fallback?: number) => number
  readonly number: (field: string, fallback?: number) => number
  readonly flag: (field: string, fallback?: boolean) => boolean
  readonly oneOf: <Name extends string>(field: string, names: readonly Name[], fallback?: Name) => Name
  /** Integers of at least 1, as many as `length` (any number but none by default); a single one stands for all. */
  readonly counts: (field: string, length?: number, fallback?: number) => readonly number[]
  /** Names out of a choice, at least one. */
  readonly names: <Name extends string>(field: string, choice: readonly Name[]) => readonly Name[]
  /** A field that may be absent, but where present must hold one of the values this package implements. */
  readonly only: (field: string, values: readonly unknown[]) => void
  /** The fields of an object inside this one. */
  readonly inside: (field: string) => Fields
  /** Throws `ConfigInvalid` for `field` unless `holds`. */
  readonly demand: (holds: boolean, field: string, rule: string, remedy: string) => void
}

type RawConfig = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is RawConfig =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1

const show = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value))

const reject = (model: string, field: string, wanted: string, found: unknown): never =>
  raiseModelError({
    _tag: "ConfigInvalid",
    model,
    field,
    rule: `needs ${wanted}, found ${show(found)}`,
    remedy: "pass the configuration that came with the checkpoint, unchanged",
  })

const present = (raw: RawConfig, field: string): boolean => Object.hasOwn(raw, field) && raw[field] !== undefined

const reader =
  <A>(model: string, raw: RawConfig, wanted: string, fits: (value: unknown) => value is A) =>
  (field: string, fallback?: A): A => {
    const value = present(raw, field) ? raw[field] : fallback
    return fits(value) ? value : reject(model, field, wanted, value)
  }

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value)

const isFlag = (value: unknown): value is boolean => typeof value === "boolean"

const readOneOf =
  (model: string, raw: RawConfig): Fields["oneOf"] =>
  (field, names, fallback) => {
    const value = present(raw, field) ? raw[field] : fallback
    return names.find((name) => name === value) ?? reject(model, field, `one of ${names.join(", ")}`, value)
  }

const readCounts =
  (model: string, raw: RawConfig): Fields["counts"] =>
  (field, length, fallback) => {
    const value = present(raw, field) ? raw[field] : fallback
    if (isCount(value) && length !== undefined) return new Array<number>(length).fill(value)
    const list: readonly unknown[] = Array.isArray(value) ? value : []
    const fits = list.length > 0 && (length === undefined || list.length === length) && list.every(isCount)
    return fits
      ? (list as readonly number[])
      : reject(model, field, `${length ?? "some"} integers of at least 1`, value)
  }

const readNames =
  (model: string, raw: RawConfig): Fields["names"] =>
  <Name extends string>(field: string, choice: readonly Name[]) => {
    const value = raw[field]
    const list: readonly unknown[] = Array.isArray(value) ? value : []
    const fits = list.length > 0 && list.every((entry) => choice.some((name) => name === entry))
    return fits ? (list as readonly Name[]) : reject(model, field, `a list out of ${choice.join(", ")}`, value)
  }

const readOnly =
  (model: string, raw: RawConfig): Fields["only"] =>
  (field, values) => {
    if (present(raw, field) && !values.includes(raw[field]))
      reject(model, field, `${values.map(show).join(" or ")} (nothing else is implemented)`, raw[field])
  }

const fieldsOf = (model: string, raw: RawConfig, path: string): Fields => {
  const label = `${model}${path}`
  return {
    has: (field) => present(raw, field),
    count: reader(label, raw, "an integer of at least 1", isCount),
    number: reader(label, raw, "a number", isNumber),
    flag: reader(label, raw, "true or false", isFlag),
    oneOf: readOneOf(label, raw),
    counts: readCounts(label, raw),
    names: readNames(label, raw),
    only: readOnly(label, raw),
    inside: (field) => {
      const value = raw[field]
      return isRecord(value) ? fieldsOf(model, value, `${path} ${field}`) : reject(label, field, "an object", value)
    },
    demand: (holds, field, rule, remedy) => {
      if (!holds) raiseModelError({ _tag: "ConfigInvalid", model: label, field, rule, remedy })
    },
  }
}

/**
 * Reads a configuration object field by field. Fields that `read` never asks for are ignored.
 * Errors: `ConfigInvalid`, naming the field.
 */
export const parseConfig = <A>(model: string, raw: unknown, read: (fields: Fields) => A): Either<ModelError, A> => {
  try {
    return E.right(read(isRecord(raw) ? fieldsOf(model, raw, "") : reject(model, "", "an object", raw)))
  } catch (error) {
    if (isModelError(error)) return E.left(error)
    throw error
  }
}
