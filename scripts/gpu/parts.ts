import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { jsonDocument, jsonLines, type Part } from "./part.ts"
import {
  benchLines,
  doctorLines,
  kernelLines,
  pytorchLines,
  stepLines,
  testLines,
  trainingLines,
  verifyLines,
} from "./summaries.ts"

/** How much is done: all of it on a card, a little of everything where a processor stands in for one. */
export type Scale = "full" | "small"

export interface PartsOptions {
  readonly root: string
  readonly out: string
  readonly scale: Scale
  /** Precisions that programs can be compiled with, the first being what they have by default. */
  readonly precisions: readonly string[]
}

const cli = "packages/cli/src/main.ts"

const python = (): string => process.env["DIVA_PYTHON"] || "python3"

const hasTorch = (): boolean => spawnSync(python(), ["-c", "import torch"], { stdio: "ignore" }).status === 0

const doctor: Part = {
  name: "doctor",
  title: "doctor: adapter, self-tests of its features, probes and ceilings",
  seconds: 60,
  command: [cli, "doctor", "--again", "--json"],
  read: jsonDocument,
  lines: doctorLines,
}

/** A test run whose report is read from a file. */
const tests = (name: string, title: string, seconds: number, { out }: PartsOptions, args: readonly string[]): Part => {
  const report = join(out, `${name}-report.json`)
  return {
    name,
    title,
    seconds,
    command: [
      join("node_modules", "vitest", "vitest.mjs"),
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      "--testTimeout",
      "300000",
      ...args,
    ],
    read: () => (existsSync(report) ? jsonDocument(readFileSync(report, "utf8")) : undefined),
    lines: testLines,
  }
}

const selfTests = (options: PartsOptions): Part =>
  tests("self-tests", "tests of features, and of kernels that must stay within their buffers", 60, options, [
    "--project",
    "tensor",
    "packages/tensor/test/device",
    ...(options.scale === "small" ? ["-t", "on this adapter|the guards"] : []),
  ])

const opTests = (options: PartsOptions): Part =>
  options.scale === "full"
    ? tests("op-tests", "op tests of tensor and autograd", 90, options, [
        "--project",
        "tensor",
        "--project",
        "autograd",
        "--maxWorkers",
        "6",
      ])
    : tests("op-tests", "op tests of tensor, a few", 90, options, [
        "--project",
        "tensor",
        "packages/tensor/test/ops/ops.gpu.test.ts",
        "--maxWorkers",
        "1",
        "-t",
        "the device agrees with the reference on (add|contract|sum)$",
      ])

const smallCases = ["clip"]

const verify =
  ({ scale }: PartsOptions) =>
  (precision: string): Part => ({
    name: precision === "highest" ? "verify" : `verify-${precision}`,
    title: `verify: stored cases of the reference implementations, ${precision} precision`,
    seconds: 25,
    command: [
      cli,
      "verify",
      "--json",
      "--precision",
      precision,
      ...(scale === "small" ? ["packages/diva/golden", ...smallCases] : []),
    ],
    read: jsonDocument,
    lines: verifyLines,
  })

const steps = ({ out, scale, precisions }: PartsOptions): Part => ({
  name: "steps",
  title:
    scale === "full"
      ? "micro-step of full size by precision and batch, kernel by kernel"
      : "the demonstration's micro-step, kernel by kernel",
  seconds: 130,
  command: [
    "packages/diva/bench/gpuStep.ts",
    "--scale",
    scale === "full" ? "full" : "demo",
    "--out",
    out,
    "--batches",
    scale === "full" ? "1,4,16" : "1",
    "--runs",
    scale === "full" ? "3" : "1",
    "--precisions",
    (scale === "full" ? precisions : precisions.slice(0, 1)).join(),
  ],
  read: (output) => ({ steps: jsonLines(output, "step") }),
  lines: stepLines,
})

const kernels = ({ scale, precisions }: PartsOptions): Part => ({
  name: "kernels",
  title: "kernels one by one, beside prototypes on an H200",
  seconds: 60,
  command: [
    "packages/diva/bench/gpuKernels.ts",
    "--precisions",
    (scale === "full" ? precisions : precisions.slice(0, 1)).join(),
    ...(scale === "full" ? [] : ["--tiny", "--runs", "1"]),
  ],
  read: (output) => ({ kernels: jsonLines(output, "subject") }),
  lines: kernelLines,
})

const bench = ({ root, scale }: PartsOptions): Part => {
  const hasPeers = existsSync(join(root, "packages/tensor/bench/peers/node_modules"))
  return {
    name: "bench",
    title: `benchmark of kernels${hasPeers ? ", and of others' libraries" : " (no other library is installed)"}`,
    seconds: 60,
    command: [
      "packages/tensor/bench/kernels.bench.ts",
      ...(scale === "small"
        ? ["--tiny", "--rounds", "1", "--seconds", "1", "matmul"]
        : ["--rounds", "5", "--seconds", "1"]),
      ...(hasPeers ? ["--peers"] : []),
    ],
    read: (output) => ({ subjects: jsonLines(output, "subject") }),
    lines: benchLines,
  }
}

const training = ({ out, scale, precisions }: PartsOptions): Part => ({
  name: "training",
  title:
    scale === "full" ? "a short training of full size, batch 16" : "a short training of the demonstration's models",
  seconds: 75,
  command: ["scripts/gpu/training.ts", out, scale, "16", precisions.at(-1) ?? "highest"],
  read: jsonDocument,
  lines: trainingLines,
})

const torch = (name: string, title: string, seconds: number, script: string, args: readonly string[]): Part => ({
  name,
  title,
  seconds,
  command: [python(), script, ...args],
  read: (output) => ({ subjects: jsonLines(output, "subject") }),
  lines: pytorchLines,
  ...(hasTorch() ? {} : { unavailable: "this Python has no PyTorch (DIVA_PYTHON names another)" }),
})

/** All parts in the order of what one wants to know first. */
export const partsFor = (options: PartsOptions): readonly Part[] => [
  doctor,
  selfTests(options),
  ...(options.scale === "full" ? options.precisions : options.precisions.slice(0, 1)).map(verify(options)),
  steps(options),
  kernels(options),
  opTests(options),
  training(options),
  bench(options),
  torch("pytorch-kernels", "PyTorch on the same subjects", 40, "packages/tensor/bench/peers/pytorchGpu.py", [
    "30",
    ...(options.scale === "small" ? ["--tiny"] : []),
  ]),
  torch("pytorch-step", "PyTorch on the micro-step of full size", 50, "packages/diva/bench/peers/pytorchStep.py", [
    "40",
  ]),
]
