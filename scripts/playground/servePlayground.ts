import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"

const run = (cwd: string, program: string, args: readonly string[]): void => {
  execFileSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] })
}

/** Installs what the pages alone need (an editor of 100 MB), once, and builds them. */
export const preparePlayground = async (root: string, say: (line: string) => void): Promise<void> => {
  const folder = join(root, "playground")
  if (!existsSync(join(folder, "node_modules"))) {
    say("installing the editor, once …")
    run(folder, "npm", ["ci", "--silent", "--no-audit", "--no-fund", "--workspaces=false"])
  }
  say("building the pages …")
  run(folder, process.execPath, [join(root, "node_modules", "vite", "bin", "vite.js"), "build", "--logLevel", "error"])
}

export interface Served {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Serves the built pages on the loopback address. */
export const servePlayground = async (root: string, port: number): Promise<Served> => {
  const { preview } = await import("vite")
  const folder = join(root, "playground")
  const options = { port, host: "127.0.0.1", strictPort: port !== 0 }
  const server = await preview({ root: folder, base: "./", configFile: false, logLevel: "error", preview: options })
  return { url: server.resolvedUrls!.local[0]!, close: () => server.close() }
}
