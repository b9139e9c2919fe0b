import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Gpu } from "@diva/diva"
import { add, type Tensor } from "@diva/tensor"
import { Effect } from "effect"
import { afterEach, expect, it, vi } from "vitest"
import { device } from "../src/machine/adapter.ts"
import { deviceTelling, gpuTold, machine } from "../src/machine/machine.ts"
import { renderStep } from "../src/render/train/trainEvents.ts"
import { Screen, type Written } from "../src/screen/screen.ts"
import { temporaryFolder } from "./temporaryFolder.ts"

afterEach(() => vi.unstubAllEnvs())

/** What the user reads when an adapter is opened beside a damaged tuning cache. */
const notesOf = async (open: Effect.Effect<unknown, unknown, Screen>): Promise<string> => {
  const file = join(temporaryFolder(), "tuning.json")
  writeFileSync(file, '{"format":')
  vi.stubEnv("DIVA_TUNING", file)
  const written: Written = { out: [], notes: [] }
  await Effect.runPromise(Effect.provide(open, Screen.layerRecorded(written)))
  expect(written.out).toEqual([])
  return written.notes.join("\n").replace(file, "FILE")
}

it("a damaged tuning cache is told where runs happen, also to those who read data", async () => {
  for (const asJson of [false, true]) {
    const notes = await notesOf(Effect.provide(Effect.asVoid(Gpu), machine(asJson)))
    expect(notes).toMatch(/^the tuning file FILE is not used: it is not JSON\n {2}try {2}delete the file/)
  }
})

it("a damaged tuning cache is told by commands that only look at the adapter", async () => {
  expect(await notesOf(Effect.scoped(device))).toContain("TuningCacheInvalid in FILE: it is not JSON\n  try  ")
})

const spec = { shape: [3], dtype: "f32" } as const

const compiling = (done: number, busy: boolean) => ({ _tag: "compiling", done, total: 148, busy }) as const

/** A terminal that remembers what its last line showed. */
const terminal = (shown: string[]): Screen["Service"] => ({
  print: () => Effect.void,
  note: () => Effect.void,
  complain: () => Effect.void,
  status: (text) => Effect.sync(() => void shown.push(text)),
  isTerminal: true,
  isColourful: false,
})

it("an adapter that programs are profiled or tuned on counts the kernels it compiles", async () => {
  const shown: string[] = []
  const ran = Effect.flatMap(deviceTelling(false), (device) =>
    Effect.promise(async () => {
      using compiled = await device.compile(({ x }: { readonly x: Tensor }) => add(x, 1), { x: spec })
      await device.read(compiled({ x: { ...spec, data: new Float32Array(3) } }))
    }),
  )
  await Effect.runPromise(Effect.provideService(Effect.scoped(ran), Screen, terminal(shown)))
  expect(shown).toContain("compiling kernel 1 of 1")
})

it("kernels are counted on a terminal's last line while they are compiled, and not for those who read data", () => {
  const shown: string[] = []
  const screen = terminal(shown)
  gpuTold(screen, true)(compiling(33, true))
  expect(shown).toEqual([])
  const tell = gpuTold(screen, false)
  tell(compiling(33, true))
  tell(compiling(40, false))
  tell(compiling(148, false))
  expect(shown).toEqual([
    "compiling kernel 34 of 148",
    "40 of 148 kernels compiled, the others when they first run",
    "running the program; 148 of 148 kernels compiled",
  ])
})

it("a step before any warm one shows no time left", () => {
  const step = {
    _tag: "step",
    update: 1,
    updates: 9,
    losses: [1],
    loss: 1,
    learningRate: 1,
    gradientNorm: 1,
    seconds: 150,
  } as const
  expect(renderStep(step, 150)).not.toContain("left")
  expect(renderStep({ ...step, update: 2, eta: 70 }, 160)).toContain("about 1 min")
})
