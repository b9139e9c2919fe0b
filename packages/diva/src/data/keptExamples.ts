import type { Example } from "./example.ts"
import type { ShardsManifest } from "./shardsManifest.ts"

/** Examples that are made once, by their samples' places among all. */
export interface KeptExamples {
  readonly get: (sample: number) => Example | undefined
  readonly keep: (sample: number, example: Example) => void
}

const isOne = ([least, most]: readonly [number, number]): boolean => least === 1 && most === 1

const none: KeptExamples = { get: () => undefined, keep: () => {} }

/**
 * Keeps up to `bytes` of examples where every epoch makes the same of a sample: where crops are whole pictures, which nothing is drawn for.
 * What came first stays, since each epoch asks for every sample once.
 */
export const keptExamples = ({ crop }: Pick<ShardsManifest, "crop">, bytes: number): KeptExamples => {
  if (!isOne(crop.area) || !isOne(crop.aspect)) return none
  const examples = new Map<number, Example>()
  let room = bytes
  return {
    get: (sample) => examples.get(sample),
    keep: (sample, example) => {
      if (example.image.byteLength > room || examples.has(sample)) return
      room -= example.image.byteLength
      examples.set(sample, example)
    },
  }
}
