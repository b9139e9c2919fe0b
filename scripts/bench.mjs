// Runs benchmarks one after another, each in processes of its own: every one prints JSON lines, one per subject and
// participant. Started in a package it runs that package's, elsewhere those of all packages.
//   --peers          also others than this library; installs what their lock file names, below packages/tensor/bench/peers
//   --against FOLDER another checkout of this repository takes part: what did a change do to each subject? Recorded in
//                    a section of its own, which leaves the others as they are
//   --record DATE    also writes docs/benchmarks.jsonl and docs/benchmarks.md
//   --amend          records into the last recorded run: what is measured now replaces what that says of the same subjects
//   --patience S     waits up to S seconds for a quiet machine before each subject, and measures anew where it was not
// What takes minutes (*.long.bench.ts) runs only where a word names it: fullStep.
//   --tiny, --rounds N, --seconds S, and words that select files or subjects
import { spawn, spawnSync } from "node:child_process"
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: "boolean", default: false },
    against: { type: "string" },
    record: { type: "string" },
    amend: { type: "boolean", default: false },
    tiny: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    patience: { type: "string" },
  },
})

const installPeers = () => {
  const folder = join(root, "packages", "tensor", "bench", "peers")
  if (existsSync(join(folder, "node_modules", ".package-lock.json"))) return
  // One of them would download a driver for another maker's adapters in its install script.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
  const npm = process.env["npm_execpath"]
  /** @type {import("node:child_process").SpawnSyncOptions} */
  const options = { cwd: folder, stdio: ["ignore", 2, 2] }
  const { status } =
    npm === undefined ? spawnSync("npm", args, options) : spawnSync(process.execPath, [npm, ...args], options)
  if (status !== 0) throw new Error(`the peers could not be installed: npm ci in ${folder} failed`)
}

/** @param {string} path @param {readonly string[]} args @returns {Promise<{ code: number, text: string }>} */
const runFile = (path, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] })
    let text = ""
    child.stdout.on("data", (chunk) => {
      text += String(chunk)
      process.stdout.write(chunk)
    })
    child.on("error", reject)
    child.on("close", (code) => resolve({ code: code ?? 1, text }))
  })

/** @param {"against" | "rounds" | "seconds" | "patience"} name */
const given = (name) => (values[name] === undefined ? [] : [`--${name}`, values[name]])

const passedOn = () => [
  ...(values.peers ? ["--peers"] : []),
  ...(values.tiny ? ["--tiny"] : []),
  ...given("against"),
  ...given("rounds"),
  ...given("seconds"),
  ...given("patience"),
]

/** @param {string} date @param {string} text */
const record = async (date, text) => {
  const { benchmarksPage } = await import("./bench/page.ts")
  const { amended, linesOf } = await import("./bench/results.ts")
  const file = join(root, "docs", "benchmarks.jsonl")
  const command = ["npm run bench --", ...process.argv.slice(2)].join(" ")
  // What another checkout took is compared with what this one took beside it, in a section of its own.
  const compares = values.against !== undefined
  const earlier = values.amend || compares ? linesOf(readFileSync(file, "utf8")) : []
  const later = compares
    ? [{ compared: { date, command, lines: linesOf(text) } }]
    : [{ run: { date, command } }, ...linesOf(text)]
  const lines = amended(earlier, /** @type {import("./bench/line.ts").Line[]} */ (later))
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
  writeFileSync(join(root, "docs", "benchmarks.md"), await benchmarksPage(lines))
}

const inPackage = basename(dirname(process.cwd())) === "packages"
const files = globSync(`${inPackage ? "" : "packages/*/"}bench/*.bench.ts`).toSorted()
const named = files.filter((path) => positionals.some((word) => path.includes(word)))
// A word that names no file selects subjects, of whatever file.
const subjects = positionals.filter((word) => !files.some((path) => path.includes(word)))
if (values.peers) installPeers()

let all = ""
let worst = 0
for (const path of named.length > 0 ? named : files.filter((file) => !file.endsWith(".long.bench.ts"))) {
  process.stderr.write(`${path} …\n`)
  const { code, text } = await runFile(path, [...passedOn(), ...subjects])
  worst = Math.max(worst, code)
  all += text
}
if (all === "")
  process.stderr.write(
    "no subject is selected by these words: a word that names a file selects all of it, other words are sought there\n",
  )
else if (values.record !== undefined && worst === 0) await record(values.record, all)
process.exitCode = worst
