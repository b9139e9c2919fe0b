/** A value that JSON holds without loss. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Paths at which two values differ, `schedule.warmup`, in order of name. */
export const differences = (a: Json | undefined, b: Json | undefined, path = ""): readonly string[] => {
  if (a !== undefined && b !== undefined && isRecord(a) && isRecord(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .toSorted()
      .flatMap((key) => differences(a[key], b[key], path === "" ? key : `${path}.${key}`))
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [path]
}

/** The value at a path that `differences` gives. */
export const valueAt = (value: Json | undefined, path: string): Json | undefined =>
  path === ""
    ? value
    : path
        .split(".")
        .reduce<Json | undefined>((at, key) => (at !== undefined && isRecord(at) ? at[key] : undefined), value)
