import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

// Mesa complains on the user's terminal when this is unset; it must be in place before Dawn loads.
process.env["XDG_RUNTIME_DIR"] ??= tmpdir()

/** Sweeps over every candidate, size and seed are `*.long.test.ts`: `npm run test:long` runs those alone, `npm test` all others. */
const long = process.env["DIVA_TESTS"] === "long"

// Most of a quick test's time on a software adapter goes into compiling kernels that run once: LLVM may leave them as they are
// (results are the same bits). Mesa keeps such code apart from other code. Long tests run what LLVM made fast, as users do.
if (!long) process.env["GALLIVM_PERF"] ??= "nopt"

/** Quick tests share a worker's modules: those are read once a worker, not once a file. Tests that replace modules keep apart. */
const apart = (folder: string): string => `${folder}/**/*.apart.test.ts`

/** One project per package, so that `--project tensor` runs one package and a bare run closes with one count. */
const project = (name: string, folder: string) => ({
  extends: true as const,
  test: {
    name,
    isolate: long,
    include: [`${folder}/**/*${long ? ".long" : ""}.test.ts`],
    exclude: long ? [] : [`${folder}/**/*.long.test.ts`, apart(folder)],
  },
})

const packages = ["tensor", "autograd", "models", "diva", "cli"].map((name) => project(name, `packages/${name}/test`))

/** Tests that replace modules of Node: `*.apart.test.ts`, by path or as a project of their own. */
const replacing = {
  extends: true as const,
  test: { name: "apart", include: long ? [] : [apart("packages")] },
}

/** Rules that hold across packages, and the setup scripts. */
const repository = project("repository", "scripts/test")

export default defineConfig({
  test: {
    // Dawn is a native module: worker threads cannot unload it, processes can.
    pool: "forks",
    // Node reads TypeScript itself, as it does for users; nothing is transformed for tests alone.
    experimental: { viteModuleRunner: false },
    // Random properties are drawn from one seed: a run that passed passes again.
    setupFiles: [fileURLToPath(new URL("scripts/test/fixedSeed.ts", import.meta.url))],
    // One software adapter serves all workers: more than two only wait for each other.
    maxWorkers: 2,
    // The first dispatch of a kernel compiles it, seconds for a large one on a software adapter.
    testTimeout: long ? 1_800_000 : 180_000,
    hookTimeout: 180_000,
    passWithNoTests: long,
    projects: [...packages, replacing, repository],
  },
})
