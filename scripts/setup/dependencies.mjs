import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { holdAlso } from "./exclusive.mjs"
import { SetupFailure } from "./failure.mjs"
import { capture, withProgress } from "./progress.mjs"

/** @typedef {{ readonly version?: string, readonly optional?: boolean, readonly link?: boolean }} LockedPackage */
/** @typedef {Readonly<Record<string, LockedPackage>>} LockedPackages */

/**
 * The packages that the lock file demands and node_modules lacks or holds in another version. npm writes what it
 * installed into node_modules/.package-lock.json as its last act, so an interrupted install counts as missing.
 * @param {LockedPackages} wanted `packages` of package-lock.json
 * @param {LockedPackages} present `packages` of node_modules/.package-lock.json
 */
export const stalePackages = (wanted, present) =>
  Object.entries(wanted)
    .filter(([path, entry]) => path.startsWith("node_modules/") && !satisfied(entry, present[path]))
    .map(([path]) => path)

/**
 * @param {LockedPackage} wanted
 * @param {LockedPackage | undefined} present
 */
const satisfied = (wanted, present) =>
  present === undefined ? wanted.optional === true : present.version === wanted.version && present.link === wanted.link

/**
 * The Node that this repository pins with the npm package `node`: it runs everything after setup.
 * @param {string} root
 */
export const pinnedNode = (root) =>
  join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node")

/** @param {string} root */
export const dependenciesReady = (root) => existsSync(pinnedNode(root)) && packagesReady(root)

/**
 * The folders are looked for too: two installs that ran over each other leave npm's record without them.
 * @param {string} root
 */
const packagesReady = (root) => {
  const present = packagesOf(join(root, "node_modules", ".package-lock.json"))
  return (
    stalePackages(packagesOf(join(root, "package-lock.json")), present).length === 0 &&
    Object.keys(present).every((path) => existsSync(join(root, path)))
  )
}

/**
 * @param {string} file
 * @returns {LockedPackages}
 */
const packagesOf = (file) => (existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")).packages ?? {}) : {})

/**
 * Installs exactly what the lock file says, if node_modules does not hold it already.
 * @param {string} root
 */
export const installDependencies = async (root) => {
  if (!packagesReady(root)) await npm(root, "installing dependencies", ["ci"])
  // With ignore-scripts in the user's npm configuration the package `node` has no binary yet.
  if (!existsSync(pinnedNode(root)))
    await npm(root, "fetching Node 24", ["rebuild", "node", "webgpu", "--ignore-scripts=false"])
  if (!existsSync(pinnedNode(root))) throw noPinnedNode()
}

/**
 * @param {string} root
 * @param {string} label
 * @param {readonly string[]} args
 */
const npm = async (root, label, args) => {
  // loglevel error: the system Node may be older than some packages' engines ask, but runs none of them.
  const command = [...npmCommand(), ...args, "--loglevel=error", "--no-audit", "--no-fund"]
  const { code, output } = await withProgress(label, () =>
    capture(command, { cwd: root, started: (pid) => holdAlso(root, pid) }),
  )
  if (code !== 0) throw npmFailed(args, output)
}

/** Under `npm run` npm says where it is; that also avoids npm.cmd, which Windows cannot spawn without a shell. */
const npmCommand = () => {
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  return script !== undefined && node !== undefined ? [node, script] : ["npm"]
}

/**
 * @param {readonly string[]} args
 * @param {string} output
 */
const npmFailed = (args, output) =>
  new SetupFailure(
    `npm ${args[0]} failed`,
    "Check that the npm registry can be reached (npm ping), then run the same command again.\n" +
      "If package.json and package-lock.json disagree, run: npm install",
    complaint(output),
  )

/**
 * npm says what is wrong first and how to use npm last.
 * @param {string} output
 */
const complaint = (output) =>
  output
    .split("\n")
    .filter((line) => line.replace("npm error", "").trim() !== "")
    .slice(0, 12)
    .join("\n")

const noPinnedNode = () =>
  new SetupFailure(
    `the npm package \`node\` brought no binary for ${process.platform} ${process.arch}`,
    "Node 24 is published for Linux (glibc), macOS and Windows on x64 and arm64.\n" +
      "On a musl system such as Alpine, use a glibc system or container (Debian, Ubuntu, Fedora).",
  )
