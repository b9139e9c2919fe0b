import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../../../../", import.meta.url))

/** What the compiler says of a program, one message a line. */
const messagesOf = (program: string): readonly string[] => {
  const folder = mkdtempSync(join(root, "node_modules", ".cache", "diva-messages-"))
  try {
    writeFileSync(join(folder, "program.ts"), program)
    const options = { extends: join(root, "tsconfig.base.json"), files: ["program.ts"] }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options))
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc")
    const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder, "--pretty", "false"], { encoding: "utf8" })
    return stdout.split("\n").filter((line) => line.includes("error TS"))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe("what an editor says of shapes that do not fit", { timeout: 120_000 }, () => {
  it("names both shapes, the op and the rule, at the argument that is wrong", () => {
    const [product, sum, pattern, ...others] = messagesOf(
      [
        'import { add, matmul, rearrange, zeros } from "@diva/tensor/shaped"',
        "matmul(zeros([32, 784]), zeros([768, 10]))",
        "add(zeros([32, 10]), zeros([9]))",
        'rearrange(zeros([2, 3]), "a b c -> c b a")',
        "matmul(zeros([32, 784]), zeros([784, 10]))",
      ].join("\n"),
    )
    expect(product).toMatch(
      /program\.ts\(2,26\).*matmul of \[32, 784\] and \[768, 10\]: the last axis of the first must be/,
    )
    expect(sum).toMatch(/program\.ts\(3,22\).*add of \[32, 10\] and \[9\]: shapes do not broadcast/)
    expect(pattern).toMatch(/program\.ts\(4,26\).*names 3 axes, \[2, 3\] has 2/)
    expect(others).toEqual([])
  })
})
