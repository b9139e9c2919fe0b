import { describe, expect, it } from "vitest"
import { adapterKey } from "../../src/index.ts"
import { cacheOf, entriesFor } from "../../src/decisions/cache.ts"

const driver = "NVIDIA: 580.159.04 580.159.4.0"
const card = (device: string, architecture = "") => ({ vendor: "nvidia", architecture, device, description: driver })

describe("the name that measurements are kept under", () => {
  it("tells cards of one driver apart", () => {
    expect(adapterKey(card("nvidia-l4", "lovelace"))).toBe(`nvidia lovelace l4 ${driver}`)
    expect(adapterKey(card("nvidia-l40s", "lovelace"))).toBe(`nvidia lovelace l40s ${driver}`)
  })

  it("is that of the description where it names the adapter", () => {
    const software = { vendor: "mesa", architecture: "software", device: "llvmpipe-llvm-15-0-6-256-bits-" }
    expect(adapterKey({ ...software, description: "llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)" })).toBe(
      "mesa software llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)",
    )
  })

  it("leaves out what the implementation does not tell", () => {
    expect(adapterKey({ vendor: "apple", architecture: "metal-3", device: "", description: "" })).toBe("apple metal-3")
  })

  it("finds what is kept for Hopper's cards on an H100 and an H200, told or untold, and on no other card", () => {
    const entry = { candidates: "", winner: { way: "split" }, gain: 1, measurements: [] }
    const cache = cacheOf("nvidia hopper*", { "contract 64x64x64": entry })
    const found = (names: Parameters<typeof adapterKey>[0]) => entriesFor(cache, adapterKey(names)).size
    expect(found(card("nvidia-h200"))).toBe(1)
    expect(found(card("nvidia-h100-80gb-hbm3"))).toBe(1)
    expect(found(card("nvidia-h200", "hopper"))).toBe(1)
    expect(found(card("nvidia-a100-sxm4-80gb", "ampere"))).toBe(0)
    expect(found(card("nvidia-b200"))).toBe(0)
    expect(found(card("nvidia-geforce-rtx-4090", "lovelace"))).toBe(0)
  })
})
