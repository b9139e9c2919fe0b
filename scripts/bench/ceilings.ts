import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** The most this machine reaches, by native code on all its cores. */
export interface NativeCeilings {
  readonly threads: number
  /** Multiply-adds per second, counted as two operations, by register width in bits. */
  readonly fma: Readonly<Record<string, number>>
  /** Bytes per second, read plus written. */
  readonly copy: number
}

const source = fileURLToPath(new URL("ceilings.c", import.meta.url))

/** A compiled probe, or undefined on a machine without a C compiler. */
export interface CeilingProbe extends Disposable {
  readonly measure: () => NativeCeilings | undefined
}

const compilers = ["cc", "gcc", "clang"]

const compiles = (compiler: string, out: string): boolean =>
  spawnSync(compiler, ["-O3", "-march=native", "-ffp-contract=fast", "-pthread", source, "-o", out]).status === 0

/** Compiles the native probe; undefined where that fails. */
export const compileProbe = (): CeilingProbe | undefined => {
  const folder = mkdtempSync(join(tmpdir(), "diva-ceilings-"))
  const dispose = (): void => rmSync(folder, { recursive: true, force: true })
  const program = join(folder, "ceilings")
  if (!compilers.some((compiler) => compiles(compiler, program))) return void dispose()
  const measure = (): NativeCeilings | undefined => {
    const { status, stdout } = spawnSync(program, [String(availableParallelism())], { encoding: "utf8" })
    return status === 0 ? (JSON.parse(stdout) as NativeCeilings) : undefined
  }
  return { measure, [Symbol.dispose]: dispose }
}

/** The better of two measurements, each figure by itself: noise only ever slows a probe. */
export const betterCeilings = (a: NativeCeilings, b: NativeCeilings): NativeCeilings => ({
  threads: a.threads,
  fma: Object.fromEntries(Object.entries(a.fma).map(([bits, rate]) => [bits, Math.max(rate, b.fma[bits] ?? 0)])),
  copy: Math.max(a.copy, b.copy),
})

/** The highest rate of any register width. */
export const highestFma = ({ fma }: NativeCeilings): number => Math.max(...Object.values(fma))
