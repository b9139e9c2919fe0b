import { addedSuite, mesaPackages } from "./aptInstall.mjs"
import { mesaSuites, usesApt } from "./linuxRelease.mjs"

/** @typedef {import("./linuxRelease.mjs").Release} Release */
/** @typedef {import("./aptSources.mjs").SourceFile} SourceFile */

/**
 * What a user of this platform types to get a WebGPU adapter.
 * @param {NodeJS.Platform} platform
 * @param {Release} release
 * @param {readonly SourceFile[]} sources
 */
export const adapterRemedy = (platform, release, sources) =>
  platform === "linux"
    ? `${linuxRemedy(release, sources)}\n\nThen run the same npm command again.`
    : (elsewhere[platform] ?? "WebGPU needs Linux, macOS or Windows; Dawn publishes no binary for this platform.")

/** @type {Partial<Record<NodeJS.Platform, string>>} */
const elsewhere = {
  darwin:
    "Every Mac with macOS 12 or later has a Metal adapter that Dawn uses; a virtual machine without GPU has none.\n" +
    "Update macOS, or run on the host itself, then run the same npm command again.",
  win32:
    "Windows 10 and 11 have a Direct3D 12 adapter that Dawn uses once a graphics driver is installed.\n" +
    "Install the graphics driver of your vendor (Settings > Windows Update > Optional updates), restart,\n" +
    "then run the same npm command again.",
}

/**
 * @param {Release} release
 * @param {readonly SourceFile[]} sources
 */
const linuxRemedy = (release, sources) => (usesApt(release) ? aptRemedy(release, sources) : packageRemedy(release))

/**
 * @param {Release} release
 * @param {readonly SourceFile[]} sources
 */
const aptRemedy = (release, sources) => {
  const suite = mesaSuites(release).at(-1) ?? ""
  const added = suite === "" ? undefined : addedSuite(sources, release.codename, suite)
  return [
    "As a user who may use sudo:",
    ...(added === undefined ? [] : [addSource(added)]),
    "  sudo apt-get update",
    `  sudo apt-get install -y ${suite === "" ? "" : `-t ${suite} `}${mesaPackages.join(" ")}`,
  ].join("\n")
}

/**
 * printf instead of a here-document: the command survives indentation and being pasted.
 * @param {SourceFile} file
 */
const addSource = ({ name, text }) =>
  `  printf '%s\\n' ${text
    .trimEnd()
    .split("\n")
    .map((line) => `'${line}'`)
    .join(" ")} | sudo tee /etc/apt/sources.list.d/${name}`

/** @param {Release} release */
const packageRemedy = ({ id, like, name }) => {
  const family = [id, ...like].find((each) => each in perFamily)
  return family === undefined
    ? `Install the Vulkan loader (libvulkan.so.1) and Mesa's Vulkan drivers, 24 or later, with lavapipe${name === "" ? "" : ` on ${name}`}.`
    : (perFamily[family] ?? "")
}

/** @type {Readonly<Record<string, string>>} */
const perFamily = {
  fedora: "As a user who may use sudo:\n  sudo dnf install -y mesa-vulkan-drivers vulkan-loader",
  rhel: "As a user who may use sudo:\n  sudo dnf install -y mesa-vulkan-drivers vulkan-loader",
  arch: "As a user who may use sudo:\n  sudo pacman -S --needed vulkan-swrast vulkan-icd-loader",
  suse: "As a user who may use sudo:\n  sudo zypper install -y libvulkan_lvp libvulkan1",
  opensuse: "As a user who may use sudo:\n  sudo zypper install -y libvulkan_lvp libvulkan1",
  alpine:
    "Dawn's and Node's published binaries need glibc, which Alpine lacks: use a Debian, Ubuntu or Fedora container.\n" +
    "Where glibc is present besides musl:\n  sudo apk add mesa-vulkan-swrast vulkan-loader",
  nixos: "In a shell with the driver:\n  nix-shell -p vulkan-loader mesa",
}
