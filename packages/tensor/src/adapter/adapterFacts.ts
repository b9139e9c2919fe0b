/** A number type that matrix units read or sum in. */
export type MatrixNumber = "f16" | "f32"

/** A product that an adapter's matrix units compute at once: [m, k] · [k, n] → [m, n]. */
export interface MatrixShape {
  readonly m: number
  readonly n: number
  readonly k: number
  /** Element type of both operands. */
  readonly operands: MatrixNumber
  /** Element type of sums and results. */
  readonly sums: MatrixNumber
}

/** How this implementation of WGSL writes operations on subgroup matrices: its text is not standard yet. */
export interface MatrixSpelling {
  /** Whether a matrix type lists columns before rows. */
  readonly columnsFirst: boolean
  /** Whether the order in memory is a template argument (`row_major`) instead of a flag among the arguments. */
  readonly orderInTemplate: boolean
}

/** Matrix units as kernels may use them: what passed its self-test, and how to write it. */
export interface MatrixUnits {
  readonly shapes: readonly MatrixShape[]
  readonly spelling: MatrixSpelling
}

/**
 * What an adapter has, as plain data: all that planning may count on, and nothing about what is fast or wanted. Features
 * are those in use: offered, not refused, and right in a self-test on this adapter.
 */
export interface AdapterFacts {
  readonly vendor: string
  readonly architecture: string
  /** The adapter's own name, where it tells one. */
  readonly device: string
  readonly description: string
  /** Whether a CPU driver does the work. */
  readonly isSoftware: boolean
  readonly features: readonly string[]
  readonly limits: Readonly<Record<string, number>>
  /** Invocations of the smallest and of the largest subgroup; null where subgroups are not in use. */
  readonly subgroups: { readonly smallest: number; readonly largest: number } | null
  /** Null where matrix units are not in use. */
  readonly matrixUnits: MatrixUnits | null
  /** Whether shaders may read storage textures. */
  readonly readableTextures: boolean
  /** Whether every index of a shader is clamped to its binding before use. */
  readonly clampsIndices: boolean
}

/** The size of a subgroup when the adapter has one size only; 0 otherwise. */
export const fixedSubgroup = ({ subgroups }: Pick<AdapterFacts, "subgroups">): number =>
  subgroups !== null && subgroups.smallest === subgroups.largest ? subgroups.smallest : 0

/** Whether a CPU driver calls itself by this name. */
export const isSoftwareName = (name: string): boolean => /llvmpipe|lavapipe|swiftshader|basic render/i.test(name)

/** A limit by its WebGPU name, or what every implementation has at least. */
export const limitOf = ({ limits }: Pick<AdapterFacts, "limits">, name: string, least: number): number =>
  limits[name] ?? least
