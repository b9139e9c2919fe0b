import { afterAll, beforeAll, expect, it } from "vitest"
import { openDevice, type Device, type OpenOptions } from "../../src/device/open.ts"
import type { Choose } from "../../src/kernels/way/choice.ts"
import { sizeOf } from "../../src/shape/shape.ts"
import { families } from "./families.ts"
import { differences, got, programOf, valuesFor, wanted } from "./program.ts"

const minutes = Number(process.env["CHAIN_MINUTES"] ?? 1)
const firstSeed = Number(process.env["CHAIN_SEED"] ?? 1_000_000)
const casesPerProgram = 6

let turn = 0

/** Any of the ways and sizes of tiles that there are, another one at every decision. */
const choose: Choose = ({ candidates, others }) => {
  const all = [...candidates, ...others]
  return all[turn++ % all.length]!
}

// Other ways to compute the same: all in turn, without textures, without subgroups, in windows of a tensor.
const adapters: readonly (readonly [name: string, OpenOptions])[] = [
  ["as it is", {}],
  ["all ways in turn", { choose }],
  ["all ways but textures", { choose, planFor: { textureExtent: 0 } }],
  ["no subgroups", { planFor: { subgroupSize: 0, textureExtent: 0 } }],
  ["windows", { planFor: { bindingBytes: 16_384 } }],
]

const devices: Device[] = []
beforeAll(async () => {
  for (const [, options] of adapters) devices.push(await openDevice(options))
})
afterAll(async () => {
  for (const device of devices) await device.close()
})

for (const family of Object.keys(families))
  it(`random chains of views around kernels give what the interpreter gives: ${family}`, async () => {
    const program = programOf(Array.from({ length: 10 }, (_, i) => ({ family, seed: 1_000 + i })))
    const values = valuesFor(program, 1)
    const { results, steps } = await got(devices[0]!, program, values)
    expect(differences(program, results, wanted(program, values), steps)).toEqual([])
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
    ({ results, steps }) => {
      for (const { family, choice } of steps) tally.kernels.add(`${family} ${JSON.stringify(choice)}`)
      return differences(program, results, right, steps)
    },
    (error: unknown) => [`seed ${seed}: ${String(error)}`],
  )
  tally.programs++
  tally.cases += program.cases.length
  tally.results += right.flat().length
  for (const { shape } of right.flat()) tally.sizes.add(sizeOf(shape))
  tally.wrong.push(...found.map((text) => `${text} (${adapters[devices.indexOf(device)]![0]})`))
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
