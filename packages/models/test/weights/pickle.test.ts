import { describe, expect, test } from "vitest"
import { readWeights } from "../../src/weights/index.ts"
import { type Part, program, tensorProgram, text, torchZip } from "./pickleProgram.ts"
import { left, right, tensorsOf } from "./weightsOf.ts"

const floats = (...values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer)
const errorOf = async (...parts: readonly Part[]) =>
  left(await readWeights(torchZip(program("\x80", 2, ...parts), { 0: floats(1, 2, 3, 4, 5, 6) }))())
const stateOf = async (...parts: readonly Part[]) =>
  tensorsOf(right(await readWeights(torchZip(program("\x80", 2, ...parts), { 0: floats(1, 2, 3, 4, 5, 6) }))()))

describe("a closed list of constructors", () => {
  test.each([
    ["REDUCE", ["cposix\nsystem\n", text("touch x"), "\x85R."], "posix.system"],
    ["STACK_GLOBAL", [text("os"), text("system"), "\x93", text("touch x"), "\x85R."], "os.system"],
    ["INST", ["(", text("touch x"), "iposix\nsystem\n."], "posix.system"],
    ["OBJ", ["(csubprocess\nPopen\n", text("touch x"), "o."], "subprocess.Popen"],
    ["NEWOBJ", ["csubprocess\nPopen\n", text("touch x"), "\x85\x81."], "subprocess.Popen"],
    ["a builtin", ["c__builtin__\neval\n", text("1"), "\x85R."], "__builtin__.eval"],
    ["getattr", ["cbuiltins\ngetattr\n", text("a"), text("b"), "\x86R."], "builtins.getattr"],
    ["a function of torch", ["ctorch.hub\nload\n", text("x"), "\x85R."], "torch.hub.load"],
    ["an unknown function", ["cmodels.build\nmake\n)R."], "models.build.make"],
    ["a name inside a list of constructors' prototypes", ["cconstructor\ntoString\n)R."], "constructor.toString"],
    [
      "a rebuild by another function",
      ["ctorch._tensor\n_rebuild_from_type_v2\n(cmodels.build\nmake\nN)Ntr."],
      undefined,
    ],
  ] as const)("%s is refused, naming what it asks to run", async (_, parts, global) => {
    const error = await errorOf(...parts)
    expect(error._tag).toBe(global === undefined ? "PickleInvalid" : "GlobalRefused")
    expect(error).toMatchObject(global === undefined ? {} : { global })
  })

  test("an instance of an unknown class is a record: its tensors are found, nothing of it runs", async () => {
    const module = [
      "cmodels.build\nModel\n)\x81}(",
      text("_parameters"),
      "}",
      text("weight"),
      tensorProgram(6, 0, [2, 3], [3, 1]),
      "s",
    ]
    const state = await stateOf(...module, text("_buffers"), "}", text("_modules"), "}ub.")
    expect([...state.keys()]).toEqual(["weight"])
  })
})

describe("views", () => {
  const values = async (offset: number, shape: readonly number[], strides: readonly number[]) => {
    const state = await stateOf("}", text("x"), tensorProgram(6, offset, shape, strides), "s.")
    const { bytes } = state.get("x")!
    return [...new Float32Array(bytes.slice().buffer)]
  }

  test("transposed, sliced, repeated and reversed-order views come out in C order", async () => {
    expect(await values(0, [3, 2], [1, 3])).toEqual([1, 4, 2, 5, 3, 6])
    expect(await values(1, [2, 2], [3, 1])).toEqual([2, 3, 5, 6])
    expect(await values(2, [3], [0])).toEqual([3, 3, 3])
    expect(await values(5, [], [])).toEqual([6])
    expect(await values(0, [0, 3], [3, 1])).toEqual([])
    expect(await values(4, [1, 1, 2], [7, 9, 1])).toEqual([5, 6])
  })

  test.each([
    ["beyond its storage", 6, 1, [2, 3], [3, 1]],
    ["of a storage longer than the record", 7, 0, [7], [1]],
    ["that repeats one element without bound", 6, 0, [65536, 65536], [0, 0]],
    ["with more elements than can be counted", 6, 0, [2_000_000_000, 2_000_000_000, 2_000_000_000], [0, 0, 0]],
  ])("a tensor %s is refused by name", async (_, count, offset, shape, strides) => {
    expect(await errorOf("}", text("x"), tensorProgram(count, offset, shape, strides), "s.")).toMatchObject({
      _tag: "EntryInvalid",
      key: "x",
    })
  })

  test.each([
    ["a shape that is no list", ["ctorch._utils\n_rebuild_tensor_v2\n(", "N", "K", 0, "K", 1, "K", 1, "tR."]],
    ["a negative stride", ["}", text("x"), tensorProgram(6, 0, [2], [-1]), "s."]],
    ["an empty stack", ["R."]],
    ["a missing mark", ["t."]],
    ["an unknown memo", ["h", 9, "."]],
    ["an unknown instruction", ["\xff."]],
    ["a later protocol", ["\x80", 9, "."]],
    ["a pickle cut off", ["}", text("x")]],
    ["no tensors", ["}", text("a"), "K", 1, "s."]],
    ["an endless line", [`c${"a".repeat(9000)}`]],
    ["something outside that is no storage", [text("x"), "Q."]],
  ] as const)("%s is refused as a damaged pickle", async (_, parts) => {
    expect(await errorOf(...parts)).toMatchObject({ _tag: "PickleInvalid", file: "made.pt" })
  })

  test("a storage of quantized numbers is refused by its type", async () => {
    const storage = ["(", text("storage"), "ctorch\nQInt8Storage\n", text("0"), text("cpu"), "K", 1, "tQ"] as const
    expect(await errorOf(...storage, ".")).toMatchObject({ _tag: "DTypeUnknown", dtype: "torch.QInt8Storage" })
  })
})

describe("bounds", () => {
  const bounded = async (act: () => Promise<unknown>) => {
    const [begin, used] = [performance.now(), process.memoryUsage().rss]
    await act()
    expect(performance.now() - begin).toBeLessThan(10_000)
    expect(process.memoryUsage().rss - used).toBeLessThan(1.5 * 2 ** 30)
  }

  test("a small pickle cannot ask for large copies again and again", async () => {
    const items = program("](", "N".repeat(50_000), "eq", 0)
    const copies = program("c__builtin__\nlist\nh", 0, "\x85R0")
    await bounded(async () => {
      const error = await errorOf(items, ...new Array<Uint8Array>(1000).fill(copies), "}.")
      expect(error).toMatchObject({ _tag: "PickleInvalid", rule: expect.stringContaining("copies") })
    })
  })

  test("a tree of references that doubles at each of sixty levels is not walked", async () => {
    const level = (n: number) => program("cmodels\nModel\n)\x81}(", text("a"), "h", n, text("b"), "h", n, "ubq", n + 1)
    const leaf = program("cmodels\nModel\n)\x81}", text("w"), tensorProgram(6, 0, [6], [1]), "sbq", 0)
    await bounded(async () => {
      const levels = Array.from({ length: 60 }, (_, n) => level(n))
      const file = right(
        await readWeights(torchZip(program("\x80", 2, leaf, ...levels, "."), { 0: floats(1, 2, 3, 4, 5, 6) }))(),
      )
      expect(file.entries.size).toBeLessThanOrEqual(200_000)
    })
  })

  test("a module that contains itself ends", async () => {
    const self = program(
      "cmodels\nModel\n)\x81q",
      0,
      "}(",
      text("self"),
      "h",
      0,
      text("w"),
      tensorProgram(6, 0, [6], [1]),
      "ub.",
    )
    await bounded(async () => {
      const file = right(await readWeights(torchZip(program("\x80", 2, self), { 0: floats(1, 2, 3, 4, 5, 6) }))())
      expect(file.entries.has("w")).toBe(true)
    })
  })

  test("millions of instructions are refused", async () => {
    await bounded(async () => {
      expect(await errorOf("N0".repeat(2_100_000), "}.")).toMatchObject({
        rule: expect.stringContaining("instructions"),
      })
    })
  })
})
