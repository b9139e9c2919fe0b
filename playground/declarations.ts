import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Plugin } from "vite"
import { compilePackages } from "../scripts/publish/packPackages.ts"

const name = "virtual:declarations"

/** Declarations of the packages that programs may import, by the path under which the editor finds them. */
const declarationsOf = (root: string): Readonly<Record<string, string>> => {
  const staging = mkdtempSync(join(tmpdir(), "diva-declarations-"))
  try {
    compilePackages(root, staging)
    const files = globSync("packages/{tensor,autograd}/src/**/*.d.ts", { cwd: staging })
    const webgpu = readFileSync(join(root, "node_modules", "@webgpu", "types", "dist", "index.d.ts"), "utf8")
    return {
      "webgpu.d.ts": webgpu,
      ...Object.fromEntries(files.map((file) => [file, readFileSync(join(staging, file), "utf8")])),
    }
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** Gives the page the packages' declarations, so that its editor knows what a program may call. */
export const declarations = (root: string): Plugin => ({
  name,
  resolveId: (id) => (id === name ? `\0${name}` : undefined),
  load: (id) => (id === `\0${name}` ? `export default ${JSON.stringify(declarationsOf(root))}` : undefined),
})
