// What `npm run TASK -- --help` says, for tasks whose programs have no help of their own, and what their flags may be. Nothing here may
// import a dependency: run.mjs reads it before there are any.
import { SetupFailure } from "./setup/failure.mjs"

/**
 * @typedef {object} TaskHelp
 * @property {string} does one sentence
 * @property {string} [takes] what follows the flags, in words for the line of usage
 * @property {Readonly<Record<string, string>>} [flags] by name, with the value's in capitals: what each does
 * @property {readonly (readonly [command: string, what: string])[]} [examples]
 */

/** @type {Readonly<Record<string, TaskHelp>>} */
export const taskHelps = {
  setup: {
    flags: {},
    does: "Install what the repository needs: packages, Node 24, and a software adapter where there is no GPU. Every other task does it, too.",
  },
  example: {
    does: "Run a program of docs/examples where you stand.",
    takes: "[NAME] [what the program takes]",
    examples: [
      ["npm run example", "a first program"],
      ["npm run example -- mlp", "a small network, trained"],
    ],
  },
  bench: {
    does: "Measure this library, each subject in processes of its own, one JSON line each. What takes minutes runs only where a word names it (fullStep).",
    takes: "[words of files or subjects]",
    flags: {
      "--peers": "also other libraries, installed from packages/tensor/bench/peers, and PyTorch where Python has it",
      "--against FOLDER":
        "also another checkout of this repository, in which npm ci has run: what a change did to each subject",
      "--rounds N": "turns of each participant",
      "--seconds S": "time of a turn",
      "--patience S": "wait so long for a quiet machine before each subject, and measure anew where it was not",
      "--record DATE": "also write docs/benchmarks.jsonl and docs/benchmarks.md",
      "--amend": "record into the last recorded run",
      "--tiny": "small sizes: whether everything runs, not how fast",
    },
    examples: [
      ["npm run bench -- matmul", "products alone"],
      ["npm run bench -- --peers --patience 5", "beside other libraries, on a quiet machine"],
      ["npm run bench -- --against ../before", "beside another checkout, say of the commit before a change"],
      ["npm run bench -- fullStep", "the full-size micro-step"],
    ],
  },
  world: {
    does:
      "Measure the synthetic world that ships; write its scores into packages/diva/world/world.json, docs/world.md and the picture of its drawings. " +
      "Or make another one by the commands that world.json lists, and fail where a score of it lies outside the interval stated there. " +
      "Its CLIP takes about an hour on two cores of 210 GFLOP/s, the diffusion model hours there and minutes on a card. " +
      "If it is stopped, the same call goes on from there: FOLDER/steps.jsonl lists what is done; without its line, a step is done again.",
    flags: {
      "--samples N": "drawings that are scored, of the world that ships (256)",
      "--anew FOLDER": "make a world in this folder, and judge it",
      "--only GROUPS": "with --anew: these groups of commands alone, and the scores that they bring: data,clip,…",
    },
    examples: [
      ["npm run world", "measure the world that ships"],
      ["npm run world -- --anew runs/anew", "all of another one"],
      ["npm run world -- --anew runs/anew --only clip", "its CLIP alone, and the data that it needs"],
    ],
  },
  soak: {
    does: "Kill a training again and again at any moment, and compare what is left, bit by bit, with one that was never killed.",
    flags: {
      "--kills N": "how often (50)",
      "--updates N": "length of the training (100)",
      "--seed N": "of the moments (1)",
    },
  },
  mutate: {
    flags: {},
    does: "Plant mistakes in the code that writes shaders, one at a time in a copy, and see that quick tests find each.",
    takes: "[FIRST [COUNT] | N,N,…]",
    examples: [
      ["npm run mutate", "all of them"],
      ["npm run mutate -- 0 10", "the first ten"],
      ["npm run mutate -- 12,40", "these two"],
    ],
  },
  playground: {
    does: "Serve the playground, which runs in the browser: a program beside its plan, shaders and profile; a CLIP on your own pictures.",
    flags: { "--port N": "where (4173)" },
  },
  site: {
    does: "Write the documentation as a site: pages, the API of all packages, one search over both, and the playground.",
    flags: { "--out FOLDER": "where (runs/site)", "--no-playground": "leave the playground out" },
  },
  repl: {
    flags: {},
    does: "Work with tensors by hand. Reads a pipe, too.",
    examples: [['echo "matmul([[1, 2]], [[3], [4]])" | npm run repl', "one expression"]],
  },
  api: { flags: {}, does: "Write packages/*/api.md, the lists of exports.", takes: "[packages]" },
  docs: { flags: {}, does: "Write the programs of docs/examples, and what they print, into the pages that show them." },
  pack: { does: "Make the packages as npm would publish them.", flags: { "--out FOLDER": "where (runs/packages)" } },
  release: {
    flags: {},
    does: 'Give all packages their next version and close the changelogs\' "Unreleased" with it; nothing is committed or published.',
    takes: "VERSION",
    examples: [["npm run release -- 0.2.0", ""]],
  },
}

const columns = (/** @type {readonly (readonly [string, string])[]} */ rows) => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd())
}

/**
 * The help of a task, as text.
 * @param {string} name
 * @param {TaskHelp} help
 */
export const helpText = (name, { does, takes, flags = {}, examples = [] }) => {
  const given = Object.entries(flags)
  const usage = ["npm run", name, ...(given.length > 0 || takes !== undefined ? ["--"] : [])]
  if (given.length > 0) usage.push("[flags]")
  if (takes !== undefined) usage.push(takes)
  return [
    does,
    "",
    `usage: ${usage.join(" ")}`,
    ...(given.length === 0 ? [] : ["", ...columns(given)]),
    ...(examples.length === 0 ? [] : ["", ...columns(examples)]),
    "",
  ].join("\n")
}

/**
 * How many letters differ between two words, by insertions, deletions and replacements.
 * @param {string} a
 * @param {string} b
 * @returns {number}
 */
const distance = (a, b) => {
  if (a === "" || b === "") return a.length + b.length
  const row = Array.from({ length: b.length + 1 }, (_, j) => j)
  const last = [...a].reduce((above, letter, i) => {
    /** @type {number[]} */
    const next = [i + 1]
    ;[...b].forEach((other, j) => {
      const [left = 0, up = 0, aslant = 0] = [next[j], above[j + 1], above[j]]
      next.push(Math.min(left + 1, up + 1, aslant + (letter === other ? 0 : 1)))
    })
    return next
  }, row)
  return last.at(-1) ?? 0
}

/**
 * A question with the name that is nearest to what was given, or nothing where none is near.
 * @param {string} given
 * @param {readonly string[]} known
 */
export const didYouMean = (given, known) => {
  const [near] = known.toSorted((one, other) => distance(given, one) - distance(given, other))
  return near !== undefined && distance(given, near) <= Math.max(2, near.length / 3) ? `Did you mean ${near}? ` : ""
}

/**
 * Refuses a flag that a task has none of, with the nearest name. Errors: `SetupFailure`.
 * @param {string} name
 * @param {readonly string[]} args
 */
export const checkFlags = (name, args) => {
  const { flags } = taskHelps[name] ?? {}
  if (flags === undefined) return
  const known = Object.keys(flags).map((flag) => flag.split(" ")[0] ?? flag)
  const strange = args
    .map((arg) => arg.split("=")[0] ?? arg)
    .find((arg) => arg.startsWith("--") && !known.includes(arg))
  if (strange === undefined) return
  throw new SetupFailure(
    `npm run ${name} has no flag ${strange}`,
    `${didYouMean(strange, known)}npm run ${name} -- --help tells what it takes.`,
  )
}
