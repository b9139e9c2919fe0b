/**
 * Reading the machine's own apt sources, so that a further suite comes from the mirror this machine already trusts.
 * Two formats: one-line (`deb [options] URI suite component…`) and deb822 stanzas (`Types: deb` …).
 */

/** @typedef {{ readonly name: string, readonly text: string }} SourceFile */
/** @typedef {{ readonly format: "line" | "deb822", readonly suites: readonly string[], readonly components: readonly string[], readonly raw: string }} Source */

/**
 * Every enabled binary source in the files, in order.
 * @param {readonly SourceFile[]} files
 * @returns {readonly Source[]}
 */
export const parseSources = (files) =>
  files.flatMap(({ name, text }) =>
    name.endsWith(".sources") ? deb822Sources(text) : name.endsWith(".list") ? lineSources(text) : [],
  )

const oneLine = /^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/

/**
 * @param {string} text
 * @returns {readonly Source[]}
 */
const lineSources = (text) =>
  text
    .split("\n")
    .map((line) => oneLine.exec(line.replace(/#.*$/, "")))
    .flatMap((match) => (match === null ? [] : [lineSource(match)]))

/**
 * @param {RegExpExecArray} match
 * @returns {Source}
 */
const lineSource = ([raw, , , suite = "", components = ""]) => ({
  format: "line",
  suites: [suite],
  components: words(components),
  raw: raw.trim(),
})

/**
 * @param {string} text
 * @returns {readonly Source[]}
 */
const deb822Sources = (text) =>
  text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .split(/\n[ \t]*\n+/)
    .map((stanza) => stanza.trim())
    .filter(enabledBinary)
    .map((raw) => ({
      format: "deb822",
      suites: words(field(raw, "Suites")),
      components: words(field(raw, "Components")),
      raw,
    }))

/** @param {string} stanza */
const enabledBinary = (stanza) =>
  words(field(stanza, "Types")).includes("deb") && !/^(no|false|0)$/i.test(field(stanza, "Enabled"))

/**
 * @param {string} stanza
 * @param {string} name
 */
const field = (stanza, name) => (new RegExp(`^${name}:[ \\t]*(.*)$`, "im").exec(stanza)?.[1] ?? "").trim()

/** @param {string} text */
const words = (text) => text.split(/\s+/).filter((word) => word !== "")

/**
 * The source file that adds `suite`, taken from the entry that serves the distribution's own `codename`
 * (or its alias `stable`, `oldstable`); undefined when no entry does.
 * @param {readonly Source[]} sources
 * @param {string} codename
 * @param {string} suite
 * @returns {SourceFile | undefined}
 */
export const suiteFrom = (sources, codename, suite) => {
  const source = [codename, "stable", "oldstable"]
    .map((wanted) => sources.find((each) => each.suites.includes(wanted) && each.components.includes("main")))
    .find((found) => found !== undefined)
  return source === undefined ? undefined : withSuite(source, suite)
}

/**
 * @param {Source} source
 * @param {string} suite
 * @returns {SourceFile}
 */
const withSuite = (source, suite) =>
  source.format === "line"
    ? { name: `${suite}.list`, text: `${source.raw.replace(oneLine, `deb $1$2 ${suite} main`)}\n` }
    : { name: `${suite}.sources`, text: `${setField(setField(source.raw, "Suites", suite), "Components", "main")}\n` }

/**
 * @param {string} stanza
 * @param {string} name
 * @param {string} value
 */
const setField = (stanza, name, value) => stanza.replace(new RegExp(`^${name}:.*$`, "im"), `${name}: ${value}`)
