// Makes mistakes in what writes shaders, one at a time in a copy of the repository, and says which ones the quick tests find.
//   npm run mutate [-- first count | number,number,…]
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { mutations, type Mutation } from "../packages/tensor/test/mutations/mutations.ts"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const copyOf = (): string => {
  const copy = mkdtempSync(join(tmpdir(), "mutations-"))
  for (const name of ["package.json", "vitest.config.ts", "tsconfig.base.json", "scripts", "packages"])
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (path) => !/[\\/](?:node_modules|runs|\.turbo)$/.test(path),
    })
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))
  return copy
}

const mutated = ({ file, from, to }: Mutation, source: string): string => {
  const parts = source.split(from)
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places of: ${from}`)
  return parts.join(to)
}

const argumentsOf = (test: string): readonly string[] =>
  test.startsWith("chains:")
    ? ["packages/tensor/test/chains/chains.gpu.test.ts", "-t", `: ${test.slice("chains:".length)}$`]
    : [join("packages", "tensor", "test", test)]

const passes = (copy: string, test: string): boolean => {
  const command = ["scripts/run.mjs", "test", "--project", "tensor", "--bail", "1", "--maxWorkers", "1"]
  return spawnSync(process.execPath, [...command, ...argumentsOf(test)], { cwd: copy, stdio: "ignore" }).status === 0
}

const foundBy = (copy: string, mutation: Mutation): string | null => {
  const path = join(copy, "packages", "tensor", "src", mutation.file)
  const source = readFileSync(path, "utf8")
  writeFileSync(path, mutated(mutation, source))
  try {
    return mutation.tests.find((test) => !passes(copy, test)) ?? null
  } finally {
    writeFileSync(path, source)
  }
}

const report = (mutation: Mutation, number: number, found: string | null): void => {
  const where = found === null ? "NOT FOUND" : `found by ${found}`
  process.stdout.write(
    `${String(number).padStart(3)}  ${mutation.family}: ${mutation.mistake} (${mutation.file}): ${where}\n`,
  )
}

/** Numbers of mutations: a list, or the first and how many. */
const chosenBy = ([first = "0", count = String(mutations.length)]: readonly string[]): readonly number[] => {
  const all = [...mutations.keys()]
  if (first.includes(",")) return first.split(",").map(Number)
  return all.slice(Number(first), Number(first) + Number(count))
}

const main = (): void => {
  const copy = copyOf()
  const chosen = chosenBy(process.argv.slice(2))
  try {
    const tests = [...new Set(chosen.flatMap((number) => mutations[number]!.tests))]
    const broken = tests.filter((test) => !passes(copy, test))
    if (broken.length > 0) throw new Error(`fails before any mistake is made: ${broken.join(", ")}`)
    const found = chosen.map((number) => {
      const test = foundBy(copy, mutations[number]!)
      report(mutations[number]!, number, test)
      return test
    })
    process.stdout.write(`${found.filter((test) => test !== null).length} of ${found.length} found\n`)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

main()
