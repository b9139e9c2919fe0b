import { readFileSync } from "node:fs"

/** @typedef {{ readonly id: string, readonly like: readonly string[], readonly codename: string, readonly name: string }} Release */

/**
 * What /etc/os-release says about the distribution; empty strings where it does not.
 * @param {string} text
 * @returns {Release}
 */
export const parseRelease = (text) => ({
  id: value(text, "ID"),
  like: value(text, "ID_LIKE")
    .split(/\s+/)
    .filter((word) => word !== ""),
  codename: value(text, "VERSION_CODENAME"),
  name: value(text, "PRETTY_NAME"),
})

/**
 * @param {string} text
 * @param {string} key
 */
const value = (text, key) => (new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1] ?? "").replace(/^["']|["']$/g, "")

export const thisRelease = () => parseRelease(textOf("/etc/os-release"))

/** @param {string} file */
const textOf = (file) => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

/** @param {Release} release */
export const usesApt = ({ id, like }) => [id, ...like].some((each) => each === "debian" || each === "ubuntu")

/**
 * The apt suites to try for Mesa, first to last; "" is the distribution's own. Dawn refuses bookworm's Mesa 22.3,
 * whose backports hold 25.0; later Debian and Ubuntu releases carry an accepted version themselves.
 * @param {Release} release
 * @returns {readonly string[]}
 */
export const mesaSuites = ({ id, codename }) =>
  id !== "debian" || codename === ""
    ? [""]
    : codename === "bookworm"
      ? [`${codename}-backports`]
      : ["", `${codename}-backports`]
