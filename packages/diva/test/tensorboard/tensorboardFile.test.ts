import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { crc32c, maskedCrc32c } from "../../src/tensorboard/crc32c.ts"
import { tensorboardFile } from "../../src/tensorboard/tensorboardFile.ts"
import type { TrainEvent } from "../../src/train/observe/events.ts"
import { temporaryFolder } from "../train/folderRun.ts"

const started = (from: number): TrainEvent => ({
  _tag: "started",
  updates: 400,
  from,
  imagesPerUpdate: 8,
  observers: [],
  trainedParameters: 10,
  execution: { images: 1, draws: 1, recompute: [] },
})

const step = (update: number): TrainEvent => ({
  _tag: "step",
  update,
  updates: 400,
  losses: [1.5, 1 / update],
  loss: 1 / update,
  learningRate: 1e-4,
  gradientNorm: 2,
  seconds: 0.5,
  eta: 3,
})

const write = (folder: string, events: readonly TrainEvent[]) =>
  Effect.forEach(events, tensorboardFile(folder), { discard: true })

const fileIn = (folder: string): string => join(folder, readdirSync(folder)[0]!)

/** Protocol buffers without a schema: number, wire type and content of each field. */
const fieldsOf = (bytes: Buffer) => {
  const fields: { readonly field: number; readonly value: number | Buffer }[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }
  const take = (count: number): Buffer => bytes.subarray(at, (at += count))
  while (at < bytes.length) {
    const tag = varint()
    const [field, wire] = [tag >> 3, tag & 7]
    if (wire === 0) fields.push({ field, value: varint() })
    else if (wire === 1) fields.push({ field, value: take(8).readDoubleLE() })
    else if (wire === 5) fields.push({ field, value: take(4).readFloatLE() })
    else fields.push({ field, value: take(varint()) })
  }
  return fields
}

/** The records of an event file, their checksums checked. */
const recordsIn = (file: string): readonly Buffer[] => {
  const bytes = readFileSync(file)
  const records: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at))
    assert.strictEqual(bytes.readUInt32LE(at + 8), maskedCrc32c(bytes.subarray(at, at + 8)))
    const data = bytes.subarray(at + 12, at + 12 + length)
    assert.strictEqual(bytes.readUInt32LE(at + 12 + length), maskedCrc32c(data))
    records.push(data)
    at += length + 16
  }
  return records
}

const scalarsIn = (record: Buffer) => {
  const summary = fieldsOf(record).find(({ field }) => field === 5)?.value as Buffer
  return fieldsOf(summary).map(({ value }) => {
    const [tag, number] = fieldsOf(value as Buffer)
    return [(tag!.value as Buffer).toString(), number!.value as number] as const
  })
}

describe("CRC-32C", () => {
  // RFC 3720, appendix B.4.
  it.each([
    ["32 zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["0 … 31", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ["digits", new TextEncoder().encode("123456789"), 0xe3069283],
  ])("of %s", (_name, bytes, expected) => assert.strictEqual(crc32c(bytes), expected))
})

describe("TensorBoard's event file", () => {
  it.effect("holds version, start and every update's scalars, decoded by the format's description", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* write(folder, [started(0), ...[1, 2, 300].map(step)])
      const records = recordsIn(fileIn(folder))
      assert.strictEqual(records.length, 5)
      assert.deepInclude(fieldsOf(records[0]!), { field: 3, value: Buffer.from("brain.Event:2") })
      assert.deepStrictEqual(fieldsOf(fieldsOf(records[1]!).find(({ field }) => field === 7)!.value as Buffer), [
        { field: 1, value: 1 },
      ])
      assert.deepInclude(fieldsOf(records[4]!), { field: 2, value: 300 })
      assert.deepStrictEqual(scalarsIn(records[3]!), [
        ["loss/last_draw", 0.5],
        ["loss/draw_0", 1.5],
        ["loss/draw_1", 0.5],
        ["learning_rate", Math.fround(1e-4)],
        ["gradient_norm", 2],
        ["images_per_second", 16],
      ])
    }),
  )

  it.effect("holds scores, under what they are on; not those of nothing, which are no numbers", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const score = (value: number) => ({ value, count: 9, interval: { low: 0, high: 100 } })
      const scores = { stock: score(20), diva: score(Number.NaN) }
      yield* write(folder, [started(0), step(1), { _tag: "scored", update: 1, on: "MMVP", scores }])
      assert.deepStrictEqual(scalarsIn(recordsIn(fileIn(folder))[3]!), [["MMVP/stock", 20]])
    }),
  )

  it.effect("says where a resumed process begins, which voids what an earlier one wrote beyond", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* write(folder, [started(7), step(8)])
      assert.deepInclude(fieldsOf(recordsIn(fileIn(folder))[1]!), { field: 2, value: 8 })
    }),
  )

  const python = process.env["DIVA_TENSORBOARD_PYTHON"]
  it.effect.skipIf(python === undefined)("is read by TensorBoard's own reader", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* write(folder, [started(0), ...[1, 2, 3, 4].map(step)])
      const program = [
        "import sys, json",
        "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator",
        "a = EventAccumulator(sys.argv[1]); a.Reload()",
        "print(json.dumps({t: [[e.step, e.value] for e in a.Scalars(t)] for t in a.Tags()['scalars']}))",
      ].join("\n")
      const read = JSON.parse(execFileSync(python!, ["-c", program, folder], { encoding: "utf8" })) as Record<
        string,
        unknown
      >
      assert.deepStrictEqual(
        read["loss/last_draw"],
        [1, 2, 3, 4].map((update) => [update, Math.fround(1 / update)]),
      )
      assert.sameMembers(Object.keys(read), [
        ...[
          "loss/last_draw",
          "loss/draw_0",
          "loss/draw_1",
          "learning_rate",
          "gradient_norm",
          "images_per_second",
        ].values(),
      ])
    }),
  )
})
