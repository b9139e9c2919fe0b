import { afterAll, beforeAll, expect, it } from "vitest"
import { openDevice, type Device, type OpenOptions } from "../../src/device/open.ts"
import type { Tensor } from "../../src/graph.ts"
import { sizeOf } from "../../src/shape.ts"
import { families } from "./families.ts"
import { differences, got, programOf, valuesFor, wanted } from "./program.ts"

const minutes = Number(process.env["CHAIN_MINUTES"] ?? 3)
const firstSeed = Number(process.env["CHAIN_SEED"] ?? 1_000_000)
const casesPerProgram = 6

// Other ways to compute the same: without textures, without subgroups, by tiles in workgroup memory, in windows of a tensor.
const adapters: readonly OpenOptions[] = [
  {},
  { planFor: { textureExtent: 0 } },
  { planFor: { subgroupSize: 0, textureExtent: 0 } },
  { planFor: { textureExtent: 0, workgroupMemory: 32_768 } },
  { planFor: { bindingBytes: 16_384 } },
]

const devices: Device[] = []
beforeAll(async () => {
  for (const options of adapters) devices.push(await openDevice(options))
})
afterAll(async () => {
  for (const device of devices) await device.close()
})

interface Tally {
  programs: number
  cases: number
  results: number
  readonly sizes: Set<number>
  readonly kernels: Set<string>
  readonly wrong: string[]
}

const compare = async (seed: number, device: Device, tally: Tally): Promise<void> => {
  const names = Object.keys(families)
  const program = programOf(
    Array.from({ length: casesPerProgram }, (_, i) => ({
      family: names[(seed + i) % names.length]!,
      seed: seed * casesPerProgram + i,
    })),
  )
  const values = valuesFor(program, seed)
  const right = wanted(program, values)
  const found = await got(device, program, values).then(
    (results) => differences(program, results, right),
    (error: unknown) => [`seed ${seed}: ${String(error)}`],
  )
  const { steps } = device.planOf(({ x }: { readonly x: readonly Tensor[] }) => program.results(x), {
    x: program.specs,
  })
  tally.programs++
  tally.cases += program.cases.length
  tally.results += right.flat().length
  for (const { shape } of right.flat()) tally.sizes.add(sizeOf(shape))
  for (const { family, choice } of steps) tally.kernels.add(`${family} ${JSON.stringify(choice)}`)
  tally.wrong.push(
    ...found.map((text) => `${text} (planned for ${JSON.stringify(adapters[devices.indexOf(device)]!.planFor ?? {})})`),
  )
}

it(
  "random chains of views around kernels give what the interpreter gives, for as long as asked",
  async () => {
    const tally: Tally = { programs: 0, cases: 0, results: 0, sizes: new Set(), kernels: new Set(), wrong: [] }
    const end = Date.now() + minutes * 60_000
    let seed = firstSeed
    for (; Date.now() < end; seed++) {
      const before = tally.wrong.length
      await compare(seed, devices[seed % devices.length]!, tally)
      for (const text of tally.wrong.slice(before)) process.stderr.write(`${text}\n`)
      if (tally.wrong.length > 20) break
    }
    process.stdout.write(
      `${tally.programs} programs (seeds ${firstSeed} to ${seed - 1}), ${tally.cases} expressions, ${tally.results} results of ` +
        `${tally.sizes.size} sizes by ${tally.kernels.size} kinds of kernels: ${tally.wrong.length} wrong\n`,
    )
    expect(tally.programs).toBeGreaterThan(0)
    expect(tally.wrong).toEqual([])
  },
  (minutes + 5) * 60_000,
)
