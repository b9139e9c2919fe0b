import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { installMesa, machineSources, rootPrefix } from "./aptInstall.mjs"
import { pinnedNode } from "./dependencies.mjs"
import { SetupFailure } from "./failure.mjs"
import { mesaSuites, thisRelease, usesApt } from "./linuxRelease.mjs"
import { capture, tail, withProgress } from "./progress.mjs"
import { adapterRemedy } from "./remedies.mjs"

const PROBE_TIMEOUT_MS = 120_000
const probeScript = fileURLToPath(new URL("probeAdapter.mjs", import.meta.url))

/** @typedef {{ readonly adapter: string } | { readonly problem: string }} Probed */

/**
 * Makes sure that Dawn finds an adapter that computes, installing Mesa's software adapter where that can be done
 * without asking.
 * @param {string} root
 */
export const ensureAdapter = async (root) => {
  const probed = await withProgress("looking for a WebGPU adapter", () => probeAdapter(root))
  if ("problem" in probed) await installAdapter(root, probed.problem)
  rememberAdapter(root)
}

/**
 * @param {string} root
 * @param {string} problem
 */
const installAdapter = async (root, problem) => {
  const release = thisRelease()
  const asRoot = process.platform === "linux" && usesApt(release) ? await rootPrefix() : undefined
  if (asRoot === undefined || driverIsChosen()) throw noAdapter(problem)
  await trySuites(root, asRoot, release.codename, mesaSuites(release), problem)
}

/**
 * @param {string} root
 * @param {readonly string[]} asRoot
 * @param {string} codename
 * @param {readonly string[]} suites
 * @param {string} problem
 * @returns {Promise<void>}
 */
const trySuites = async (root, asRoot, codename, [suite, ...rest], problem) => {
  if (suite === undefined) throw noAdapter(problem)
  const label = `installing Mesa's software adapter${suite === "" ? "" : ` from ${suite}`}`
  const { code, output } = await withProgress(label, () => installMesa(asRoot, codename, suite))
  const probed = code === 0 ? await probeAdapter(root) : { problem: `${problem}; apt-get failed`, output: tail(output) }
  if ("adapter" in probed) return
  if (rest.length > 0) return trySuites(root, asRoot, codename, rest, probed.problem)
  throw noAdapter(probed.problem, "output" in probed ? probed.output : "")
}

/**
 * @param {string} root
 * @returns {Promise<Probed>}
 */
export const probeAdapter = async (root) => {
  const { code, signal, output, stdout } = await capture([pinnedNode(root), probeScript], {
    timeoutMs: PROBE_TIMEOUT_MS,
  })
  const line = stdout.trimEnd().split("\n").at(-1) ?? ""
  if (code === 0 && line.startsWith("{")) return JSON.parse(line)
  return { problem: `the WebGPU driver ended the probe (${signal ?? `exit ${code}`}): ${tail(output)}` }
}

/** A user who names a Vulkan driver gets that one or an error: another driver installed beside it would change nothing. */
const driverIsChosen = () => driverVariables.some((name) => (process.env[name] ?? "") !== "")

const driverVariables = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_LOADER_DRIVERS_SELECT", "VK_LOADER_DRIVERS_DISABLE"]

/**
 * @param {string} problem
 * @param {string} [detail]
 */
const noAdapter = (problem, detail) =>
  new SetupFailure(problem, driverIsChosen() ? chosenRemedy() : platformRemedy(), detail)

const platformRemedy = () => adapterRemedy(process.platform, thisRelease(), machineSources())

const chosenRemedy = () =>
  `The environment chooses the Vulkan driver:\n${driverVariables
    .filter((name) => (process.env[name] ?? "") !== "")
    .map((name) => `  ${name}=${process.env[name]}`)
    .join("\n")}\nUnset it, or point it at a driver that exists, then run the same npm command again.`

/**
 * True when an earlier probe succeeded and nothing that decides its outcome has changed since: probing costs half a
 * second, this a millisecond.
 * @param {string} root
 */
export const adapterRemembered = (root) => {
  const file = memoryFile(root)
  return existsSync(file) && readFileSync(file, "utf8") === circumstances(root)
}

/** @param {string} root */
const rememberAdapter = (root) => {
  mkdirSync(dirname(memoryFile(root)), { recursive: true })
  writeFileSync(memoryFile(root), circumstances(root))
}

/** @param {string} root */
const memoryFile = (root) => join(root, "node_modules", ".cache", "diva", "adapter")

/** @param {string} root */
const circumstances = (root) =>
  createHash("sha256")
    .update(
      JSON.stringify([driverFolders.map(changed), join(root, "node_modules", "webgpu", "package.json"), environment()]),
    )
    .digest("hex")

const driverFolders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/dev/dri"]

const environment = () => driverVariables.map((name) => process.env[name] ?? "")

/** @param {string} path */
const changed = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)
