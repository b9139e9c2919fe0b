import { expect } from "vitest"
import { runCli } from "../runCli.ts"

/** What `diva plan --json` says of a row. */
export interface RowPlan {
  readonly row: string
  readonly frozenStorage: string
  readonly adapter: string
  readonly context: { readonly tokens: number; readonly width: number }
  readonly parameters: Readonly<Record<"clip" | "imageTower" | "textEncoder" | "trained" | "frozen", number>>
  readonly flops: number
  readonly kernels: number
  readonly memory: Readonly<Record<"peakBytes" | "inputBytes" | "momentumBytes", number>>
  readonly parts: readonly { readonly name: string; readonly flops: number }[]
}

/** Plans for WebGPU's default limits. */
export const planned = async (...flags: readonly string[]): Promise<RowPlan> => {
  const { code, text } = await runCli("plan", "--portable", "--json", ...flags)
  expect(code).toBe(0)
  return JSON.parse(text) as RowPlan
}
