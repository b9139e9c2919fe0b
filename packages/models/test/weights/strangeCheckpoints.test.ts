import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as TE from "fp-ts/lib/TaskEither.js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  convertWeights,
  knownModels,
  openWeights,
  readWeights,
  recognise,
  selectPart,
  type TensorSpec,
  toFloat32,
  toInt32,
  type WeightFile,
} from "../../src/weights/index.ts"
import { type Part, program, tensorProgram, text, torchZip } from "./pickleProgram.ts"
import { fingerprints, left, loadAll, right } from "./weightsOf.ts"

const aCase = (name: string): string => path.join(import.meta.dirname, "../cases", name)

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "strange-"))
})
afterAll(() => rm(folder, { recursive: true }))

const floats = (...values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer)
const opened = (...parts: readonly Part[]) =>
  readWeights(torchZip(program("\x80", 2, ...parts), { 0: floats(1, 2, 3, 4, 5, 6) }))()

const one = tensorProgram(6, 0, [1], [1])
const stateOf = (count: number) =>
  program("}", ...Array.from({ length: count }, (_, i) => program(text(`w${i}`), one, "s")))

describe("which tensors of a checkpoint are the weights", () => {
  test("a state dict wins over tensors beside it: epoch, metric, random state", async () => {
    const file = right(await openWeights(aCase("best_acc.pth"))())
    const { parts } = recognise(file)
    expect(file.entries.size).toBe(62)
    expect(parts).toMatchObject([{ prefix: "module.", tensors: 62, parameters: 222_977 }])
    expect(file.remarks.join("; ")).toContain("beside the weights: epoch")
    await file.close()
  })

  test.each([
    [
      "a usual name, as many beside it",
      [text("state_dict"), stateOf(2), "s", text("a"), one, "s", text("b"), one, "s"],
    ],
    ["a usual name two dicts down", [text("checkpoint"), program("}", text("model"), stateOf(2), "s"), "s"]],
    ["any name, more than beside it", [text("backbone"), stateOf(2), "s", text("epoch"), one, "s"]],
    [
      "the optimizer's state, however large, is passed over",
      [
        text("optimizer"),
        program("}", text("state"), stateOf(9), "s"),
        "s",
        text("w0"),
        one,
        "s",
        text("w1"),
        one,
        "s",
      ],
    ],
  ] as const)("%s", async (_, parts) => {
    const file = right(await opened("}", ...parts, "."))
    expect([...file.entries.keys()]).toEqual(["w0", "w1"])
  })

  test.each([
    [
      "two models",
      [text("a"), stateOf(2), "s", text("b"), stateOf(2), "s"],
      '2 tensors under "a", 2 tensors under "b"',
    ],
    [
      "a list of models beside a stray tensor",
      [text("epoch"), one, "s", text("models"), "]", stateOf(3), "a", "s"],
      '1 tensor at its top, 3 tensors under "models"',
    ],
  ] as const)("%s: which is meant is undecided, so nothing is read", async (_, parts, groups) => {
    const error = left(await opened("}", ...parts, "."))
    expect(error).toMatchObject({ _tag: "PickleInvalid" })
    expect(error.rule).toContain(groups)
  })

  test("everything PyTorch's safe loading reads may lie beside weights", async () => {
    const file = right(await openWeights(aCase("containers.pth"))())
    expect([...file.entries.keys()]).toEqual(["proj.weight", "proj.bias"])
    await file.close()
  })
})

describe("what a constructor is told is never passed over", () => {
  const values = async (name: string) => [...right(toFloat32((await loadAll(aCase("neg.pth"))).get(name)!))]

  test("a negated view is negated", async () => {
    expect(await values("a.neg")).toEqual([-3, -4])
  })

  test("so are views of conjugates, whose imaginary parts turn", async () => {
    const loaded = await loadAll(aCase("signs.pth"))
    const numbers = (name: string) => [...new Float32Array(loaded.get(name)!.bytes.slice().buffer)]
    expect(numbers("neg")).toEqual([-2, -4])
    expect(numbers("conj")).toEqual([1, -2, 3, 4])
    const turned = [...new Float64Array(loaded.get("turned")!.bytes.slice().buffer)]
    expect(turned).toEqual([0, 0, 3, 3, 1, 1, 4, 4, 2, 2, 5, 5])
  })

  test("a mark nobody knows is refused", async () => {
    const marked = [...tensorProgram(6, 0, [2], [1])]
    // The tuple of arguments ends before REDUCE: one more is put into it.
    const withMark = program(Uint8Array.from(marked.slice(0, -2)), "}", text("twisted"), "\x88s", "tR")
    expect(left(await opened("}", text("x"), withMark, "s."))).toMatchObject({
      _tag: "PickleInvalid",
      rule: expect.stringContaining('"twisted"'),
    })
  })

  test("an object of named arguments is refused", async () => {
    const made = ["ccollections\nOrderedDict\n)}", text("a"), "K", 1, "s\x92."] as const
    expect(left(await opened(...made)).rule).toContain("named arguments")
  })

  test("a sparse tensor says what it is", async () => {
    expect(left(await opened("}", text("x"), "ctorch._utils\n_rebuild_sparse_tensor\n)Rs.")).rule).toContain("sparse")
  })
})

describe("element types that are not computed with", () => {
  test.each([
    ["f8.safetensors", { w: ["F8_E4M3", [3]], b: ["F32", [2]] }],
    ["f8.pth", { w: ["F8_E4M3", [3]], b: ["F32", [2]] }],
    ["u16.safetensors", { n: ["U16", [2]], b: ["F32", [2]] }],
    ["u64.safetensors", { n: ["U64", [2]], b: ["F32", [2]] }],
  ] as const)("%s is listed", async (name, want) => {
    const file = right(await openWeights(aCase(name))())
    const found = Array.from(file.entries.values(), (spec) => [spec.name, [spec.dtype, spec.shape]])
    expect(Object.fromEntries(found)).toEqual(want)
    await file.close()
  })

  test("they are written as they are, in either container", async () => {
    for (const [name, ending] of [
      ["f8.safetensors", "pth"],
      ["f8.pth", "safetensors"],
      ["signs.pth", "pth"],
      ["u64.safetensors", "pth"],
    ] as const) {
      const out = path.join(folder, `${name}.${ending}`)
      const file = right(await openWeights(aCase(name))())
      right(await convertWeights(file, out, ending === "pth" ? "PyTorch zip" : "safetensors")())
      await file.close()
      expect(fingerprints(await loadAll(out))).toEqual(fingerprints(await loadAll(aCase(name))))
    }
  })

  test("numbers of them are refused by name, not made up", async () => {
    const w = (await loadAll(aCase("f8.safetensors"))).get("w")!
    for (const refused of [toFloat32(w), toInt32(w)])
      expect(left(refused)).toMatchObject({
        _tag: "NotConvertible",
        key: "w",
        rule: expect.stringContaining("F8_E4M3"),
      })
  })
})

/** A file of these names and shapes whose elements nobody reads. */
const namesOnly = (shapes: Readonly<Record<string, readonly number[]>>): WeightFile => ({
  file: "names",
  format: "PyTorch zip",
  metadata: {},
  entries: new Map(
    Object.entries(shapes).map(([name, shape]): [string, TensorSpec] => [name, { name, shape, dtype: "F32" }]),
  ),
  remarks: [],
  read: () => TE.left({ _tag: "TensorMissing", file: "names", key: "", rule: "", remedy: "" }),
  close: async () => undefined,
})

const l14 = knownModels().find(({ name }) => name === "openai-l14-224")!.shapes

describe("names that training wrappers change in the middle", () => {
  const wrap = {
    "_fsdp_wrapped_module at the top and at every block": (name: string) =>
      `_fsdp_wrapped_module.${name.replace(/resblocks\.(\d+)\./, "resblocks.$1._fsdp_wrapped_module.")}`,
    "_checkpoint_wrapped_module at every block": (name: string) =>
      name.replace(/resblocks\.(\d+)\./, "resblocks.$1._checkpoint_wrapped_module."),
    "_orig_mod at the top": (name: string) => `_orig_mod.${name}`,
    "module around a tower": (name: string) => name.replace(/^visual\./, "visual.module."),
    "all of them": (name: string) =>
      `module._orig_mod._fsdp_wrapped_module.${name.replace(/resblocks\.(\d+)\./, "resblocks.$1._fsdp_wrapped_module._checkpoint_wrapped_module.")}`,
  } as const

  test.each(Object.entries(wrap))("%s", (_, rename) => {
    const file = namesOnly(Object.fromEntries(Object.entries(l14).map(([name, shape]) => [rename(name), shape])))
    expect(recognise(file)).toMatchObject({
      parts: [{ kind: "clip", models: expect.arrayContaining(["openai-l14-224"]) }],
      others: [],
    })
    const clip = right(selectPart(file, "clip"))
    expect([...clip.entries.keys()].toSorted()).toEqual(Object.keys(l14).toSorted())
  })

  test("the wrapped and the unwrapped tensor in one file is refused by name", () => {
    const file = namesOnly({ ...l14, "_orig_mod.visual.proj": [1024, 768] })
    expect(left(selectPart(file, "clip"))).toMatchObject({ _tag: "DuplicateName", key: "_orig_mod.visual.proj" })
  })

  test("a scale of logits stored as a list of one is that scale", () => {
    const file = namesOnly({ ...l14, logit_scale: [1] })
    expect(recognise(file).parts[0]?.models).toContain("openai-l14-224")
    expect(right(selectPart(file, "clip")).entries.get("logit_scale")?.shape).toEqual([])
  })
})
