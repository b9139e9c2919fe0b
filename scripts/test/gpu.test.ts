import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { jsonDocument, jsonLines, type Part } from "../gpu/part.ts"
import { runParts } from "../gpu/runParts.ts"
import { benchLines, doctorLines, kernelLines, stepLines, testLines, trainingLines } from "../gpu/summaries.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

let out: string
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "diva-gpu-test-"))
})
afterEach(() => rmSync(out, { recursive: true, force: true }))

const part = (name: string, script: string, seconds = 20): Part => ({
  name,
  title: `the part ${name}`,
  seconds,
  command: [process.execPath, "-e", script],
  read: (output) => ({ lines: jsonLines(output, "n") }),
  lines: (data: { readonly lines: readonly { readonly n: number }[] }) => data.lines.map(({ n }) => `number ${n}`),
})

const run = (parts: readonly Part[], seconds = 60) => runParts(parts, { root, out, seconds, tell: () => {} })

describe("parts of the GPU report", () => {
  it("are files and lines of the summary as soon as they are known", async () => {
    const seen: boolean[] = []
    const second: Part = {
      ...part("second", "console.log(JSON.stringify({ n: 2 }))"),
      lines: (_data, earlier) => {
        seen.push(existsSync(join(out, "first.json")), earlier.has("first"))
        return ["second"]
      },
    }
    const results = await run([part("first", "console.log('noise'); console.log(JSON.stringify({ n: 1 }))"), second])
    expect(results.map(({ outcome }) => outcome)).toEqual(["done", "done"])
    expect(seen).toEqual([true, true])
    expect(JSON.parse(readFileSync(join(out, "first.json"), "utf8"))).toMatchObject({ data: { lines: [{ n: 1 }] } })
    expect(readFileSync(join(out, "summary.txt"), "utf8")).toMatch(/the part first — done in [\d.]+ s\n {2}number 1\n/)
  })

  it("that take too long are stopped with what they started, and what they had said counts", async () => {
    const script = `console.log(JSON.stringify({ n: 7 }));
      require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
      setInterval(() => {}, 1000)`
    const begin = performance.now()
    const [late] = await run([part("late", script, 2)])
    expect(late).toMatchObject({ outcome: "late", data: { lines: [{ n: 7 }] } })
    expect(performance.now() - begin).toBeLessThan(15_000)
  })

  it("that fail say so, and the next has its turn", async () => {
    const results = await run([part("bad", "process.exit(3)"), part("good", "console.log(JSON.stringify({ n: 1 }))")])
    expect(results).toMatchObject([
      { outcome: "failed", why: expect.stringContaining("exit code 3") },
      { outcome: "done" },
    ])
  })

  it("are skipped where they cannot be done, or no time is left", async () => {
    const results = await run([{ ...part("torch", ""), unavailable: "no PyTorch" }, part("more", "")], 1)
    expect(results).toMatchObject([
      { outcome: "skipped", why: "no PyTorch" },
      { outcome: "skipped", why: "no time was left" },
    ])
  })
})

describe("what parts print", () => {
  it("is read line by line, or as one document after other lines", () => {
    expect(jsonLines('{"a":1}\nnoise\n{"b":2}\n{broken\n', "a", "c")).toEqual([{ a: 1 }])
    expect(jsonDocument('a warning\n{\n  "a": 1\n}\n')).toEqual({ a: 1 })
    expect(jsonDocument("nothing")).toBeUndefined()
  })
})

describe("lines of the summary", () => {
  it("tell the adapter, its features and ceilings", () => {
    const lines = doctorLines({
      adapter: { vendor: "nvidia", architecture: "hopper", device: "H200", description: "580" },
      verdict: "ready",
      features: [{ feature: "shader-f16", state: "in use", found: "right" }],
      speed: {
        fmaFlopsPerSecond: 65.6e12,
        copyBytesPerSecond: 4.29e12,
        matrices: [{ shape: { m: 16, n: 8, k: 16, operands: "f16", sums: "f32" }, flopsPerSecond: 4e14 }],
      },
    })
    expect(lines).toEqual([
      "nvidia hopper H200, driver 580",
      "verdict: ready",
      "shader-f16: in use, right",
      "ceilings: 65.6 TFLOP/s f32 multiply-add, 4.29 TB/s copied",
      "ceiling of matrices 16×8×16 f16 → f32: 400 TFLOP/s",
    ])
  })

  it("count tests and name those that failed", () => {
    const lines = testLines({
      numPassedTests: 2,
      numFailedTests: 1,
      numPendingTests: 0,
      testResults: [
        {
          name: "/x/packages/tensor/test/a.test.ts",
          assertionResults: [{ status: "failed", fullName: "it is right" }],
        },
      ],
    })
    expect(lines).toEqual(["2 passed, 1 failed, 0 skipped", "FAILED tensor/test/a.test.ts: it is right"])
  })

  it("give a step by precision and batch, and why one has no time", () => {
    const [first, families, second] = stepLines({
      steps: [
        {
          precision: "high",
          batch: 4,
          seconds: 0.4,
          secondsAnImage: 0.1,
          dispatches: 1000,
          dispatchSeconds: 0.39,
          submitSeconds: 0.002,
          compileSeconds: 6,
          families: [{ family: "contract", seconds: 0.2 }],
        },
        { precision: "medium", batch: 16, why: "OutOfDeviceMemory\nmore" },
      ],
    })
    expect(first).toMatch(/^high, batch 4: 400 ms a micro-step, 100 ms an image; 1000 dispatches of 390 ms/)
    expect(families).toBe("  contract 200 ms")
    expect(second).toBe("medium, batch 16: OutOfDeviceMemory")
  })

  it("give training its adapter's share from the step that was profiled", () => {
    const earlier = new Map([["steps", { steps: [{ batch: 16, precision: "medium", dispatchSeconds: 0.9 }] }]])
    const data = { batch: 16, precision: "medium", secondsPerUpdate: 1, losses: [0.5, 0.25], utilisation: 91.7 }
    expect(trainingLines(data, earlier)).toEqual([
      "batch 16: 1000 ms an update, losses 0.5000 0.2500",
      "the adapter computes 90 % of that time (900 ms of dispatches)",
      "nvidia-smi saw it busy 92 % of the time",
    ])
  })

  it("give a kernel its rate, beside a prototype's where there is one", () => {
    const kernel = { subject: "product", shape: "64×64×64 NN", precision: "high", seconds: 1e-3, flops: 5e10 }
    expect(
      kernelLines({ kernels: [{ ...kernel, prototype: 100 }, kernel, { ...kernel, seconds: null, why: "no memory" }] }),
    ).toEqual([
      "product 64×64×64 NN, high: 1 ms, 50 TFLOP/s, 50 % of a prototype's 100",
      "product 64×64×64 NN, high: 1 ms, 50 TFLOP/s",
      "product 64×64×64 NN, high: no memory",
    ])
  })

  it("give a subject of the benchmark its time and shares", () => {
    const subject = { subject: "matmul", shape: "64×64×64", by: "diva", median: 0.5, ofFma: 0.25, ofCopy: 0.5 }
    expect(
      benchLines({ subjects: [subject, { ...subject, by: "other", median: undefined, why: "not offered" }] }),
    ).toEqual([
      "matmul 64×64×64, diva: 0.5 ms, 25 % of multiply-add, 50 % of copy",
      "matmul 64×64×64, other: not offered",
    ])
  })
})

describe("the packed folder's script", () => {
  it("unpacks once, runs with the packed Node and needs no more than a shell", () => {
    const folder = join(out, "packed")
    const tree = join(out, "tree")
    const script = `mkdir -p ${folder} ${tree}/diva/scripts/gpu && cp scripts/gpu/packed.sh ${folder}/run.sh &&
      printf '#!/bin/sh\\necho "node $*"\\n' > ${tree}/node && chmod +x ${tree}/node &&
      tar -cJf ${folder}/packed.tar.xz -C ${tree} diva node`
    expect(spawnSync("bash", ["-c", script], { cwd: root }).status).toBe(0)
    const ask = (...args: readonly string[]) => {
      const env = { TO: join(out, "there") }
      return spawnSync("/bin/bash", [join(folder, "run.sh"), ...args], { env, encoding: "utf8" }).stdout.trim()
    }
    expect(ask("diva", "doctor", "--json")).toBe("node packages/cli/src/main.ts doctor --json")
    writeFileSync(join(out, "there", "diva", "kept"), "")
    expect(ask("--only", "doctor")).toBe(`node scripts/gpu/main.ts --out ${folder}/report --only doctor`)
    expect(existsSync(join(out, "there", "diva", "kept"))).toBe(true)
  })
})
