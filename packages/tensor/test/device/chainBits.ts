// Prints a hash of what chains of every family, their gradients included, compute on this machine's adapter.
import { createHash } from "node:crypto"
import { openDevice } from "../../src/device/open.ts"
import { families } from "../chains/families.ts"
import { got, programOf, valuesFor } from "../chains/program.ts"

await using device = await openDevice()
const hashes: Record<string, string> = {}
for (const family of Object.keys(families)) {
  const program = programOf(Array.from({ length: 3 }, (_, i) => ({ family, seed: 1_000 + i })))
  const { results } = await got(device, program, valuesFor(program, 1))
  const hash = createHash("sha256")
  for (const { data } of results.flat()) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  hashes[family] = hash.digest("hex")
}
process.stdout.write(JSON.stringify(hashes))
