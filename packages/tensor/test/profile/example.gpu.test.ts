import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { f32, mul, openDevice, type Tensor } from "../../src/index.ts"
import { profile } from "../../src/profile/index.ts"

it("docs/examples/profiling.ts profiles, tunes, and computes the same with what it found", () => {
  const example = fileURLToPath(new URL("../../../../docs/examples/profiling.ts", import.meta.url))
  const { stdout, status } = spawnSync(process.execPath, [example], { encoding: "utf8" })
  expect(status).toBe(0)
  expect(stdout).toMatch(/dispatches \(median of 3 runs/)
  expect(stdout).toMatch(/\d decisions? measured in/)
  expect(stdout).toMatch(/the same numbers\n$/)
})

it("host arrays are put on the device for the runs, and taken off it", async () => {
  await using device = await openDevice()
  using compiled = await device.compile(
    ({ x }: { readonly x: Tensor }) => ({ x: mul(x, 2) }),
    { x: f32([3]) },
    { donate: ["x"] },
  )
  const before = device.live()
  const found = await profile(device, compiled, { x: f32([3], [1, 2, 3]) }, { runs: 1 })
  expect(found.steps).toHaveLength(1)
  expect(device.live()).toEqual(before)
})
