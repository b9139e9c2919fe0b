import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { parseSources, suiteFrom } from "./aptSources.mjs"
import { capture } from "./progress.mjs"

export const mesaPackages = ["mesa-vulkan-drivers", "libvulkan1"]

/** @typedef {import("./aptSources.mjs").SourceFile} SourceFile */

/** @returns {readonly SourceFile[]} */
export const machineSources = () =>
  sourcePaths().map((path) => ({ name: basename(path), text: readFileSync(path, "utf8") }))

const sourcePaths = () => {
  const parts = "/etc/apt/sources.list.d"
  const inParts = existsSync(parts)
    ? readdirSync(parts)
        .toSorted()
        .map((name) => join(parts, name))
    : []
  return ["/etc/apt/sources.list", ...inParts].filter((path) => /\.(list|sources)$/.test(path) && existsSync(path))
}

/**
 * The prefix that makes a command run as root: nothing for root itself, `sudo -n` where it needs no password,
 * undefined where neither holds.
 * @returns {Promise<readonly string[] | undefined>}
 */
export const rootPrefix = async () => {
  if (process.getuid?.() === 0) return []
  const { code } = await capture(["sudo", "-n", "true"])
  return code === 0 ? ["sudo", "-n"] : undefined
}

/**
 * Installs Mesa's Vulkan drivers from `suite` ("" = the distribution's own). Sources, package lists and caches are
 * private copies in a temporary folder: the machine's apt configuration stays as it was.
 * @param {readonly string[]} asRoot
 * @param {string} codename
 * @param {string} suite
 * @returns {Promise<{ readonly code: number | null, readonly output: string }>}
 */
export const installMesa = async (asRoot, codename, suite) => {
  const folder = privateApt(machineSources(), codename, suite)
  const apt = [...asRoot, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...privateOptions(folder)]
  const target = suite === "" ? [] : ["-t", suite]
  try {
    const update = await capture([...apt, "update"])
    const install = await capture([...apt, "install", "-y", "--no-install-recommends", ...target, ...mesaPackages])
    return { code: install.code, output: update.output + install.output }
  } finally {
    await capture([...asRoot, "rm", "-rf", folder])
  }
}

/**
 * @param {readonly SourceFile[]} sources
 * @param {string} codename
 * @param {string} suite
 */
const privateApt = (sources, codename, suite) => {
  const folder = mkdtempSync(join(tmpdir(), "diva-apt-"))
  const parts = join(folder, "parts")
  mkdirSync(parts)
  mkdirSync(join(folder, "lists"))
  sourcePaths().forEach((path) => copyFileSync(path, join(parts, basename(path))))
  const added = suite === "" ? undefined : addedSuite(sources, codename, suite)
  if (added !== undefined) writeFileSync(join(parts, `diva-${added.name}`), added.text)
  // apt downloads as the user _apt, which must be able to enter.
  for (const each of [folder, parts, join(folder, "lists")]) chmodSync(each, 0o755)
  return folder
}

/**
 * The source file for `suite`, or undefined when the machine has it already or serves the distribution from nowhere.
 * @param {readonly SourceFile[]} sources
 * @param {string} codename
 * @param {string} suite
 */
export const addedSuite = (sources, codename, suite) => {
  const parsed = parseSources(sources)
  return parsed.some(({ suites }) => suites.includes(suite)) ? undefined : suiteFrom(parsed, codename, suite)
}

/** @param {string} folder */
const privateOptions = (folder) =>
  [
    "Dir::Etc::sourcelist=/dev/null",
    `Dir::Etc::sourceparts=${join(folder, "parts")}`,
    `Dir::State::lists=${join(folder, "lists")}`,
    "Dir::Cache::pkgcache=",
    "Dir::Cache::srcpkgcache=",
    // Another apt may be running, such as a machine's unattended upgrade at boot.
    "DPkg::Lock::Timeout=300",
  ].flatMap((option) => ["-o", option])
