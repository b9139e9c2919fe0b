import { gzipSync } from "node:zlib"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { build } from "vite"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** What a page loads at once: the minified module without what it only imports under Node. */
const bundleOf = async (entry: string): Promise<string> => {
  const lib = { entry, formats: ["es" as const], fileName: "entry" }
  const configured = { root, configFile: false, logLevel: "silent" } as const
  const built = await build({ ...configured, build: { write: false, target: "es2023", lib, minify: "oxc" } })
  const chunks = [built].flat().flatMap((each) => ("output" in each ? each.output : []))
  return chunks.flatMap((chunk) => (chunk.type === "chunk" && chunk.isEntry ? chunk.code : [])).join("\n")
}

/**
 * KiB of gzip: what docs/browser.md says, and what a change may not exceed unnoticed. It holds all ops and all kernels, since a page
 * may meet any adapter; transforms (`vmap`, `jvp`) lie in autograd, what tunes and what draws
 * profiles under subpaths. Resizing, borders, putting by number and sorting by merging are 4 KiB of it; tiles that fetch and store
 * vectors and results stored beside one another another 5; norms that transform the image of a convolution and its planes, and long sums
 * of split operands, 7; rows that several workgroups share, and frozen weights packed once for matrix units, another 4; transposes in blocks 1.
 */
const held = 190

it("all of @diva/tensor is a small download for a page", { timeout: 120_000 }, async () => {
  const code = await bundleOf(join(root, "packages", "tensor", "src", "index.ts"))
  expect(gzipSync(code).length / 1024).toBeLessThan(held)
  expect(code).not.toMatch(/from\s*"node:/)
})
