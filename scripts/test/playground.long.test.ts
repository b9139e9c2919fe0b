import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  clipParameters,
  clipTextTower,
  clipVisionTower,
  encodePng,
  initialise,
  openaiStatistics,
  parseOpenaiClip,
  preprocessImage,
  trainBytePairs,
  unitVectors,
  writeSafetensors,
  type Params,
  type RgbImage,
} from "@diva/models"
import { f32, i32, matmul, openDevice, transpose, type Tensor } from "@diva/tensor"
import { loadClip, mergesIn } from "../../playground/src/clip/loadClip.ts"
import { preparePlayground, servePlayground, type Served } from "../playground/servePlayground.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((file) =>
  existsSync(file),
)
/** Milliseconds that a page may take for anything: a software adapter compiles every kernel first, beside whatever else the machine does. */
const patience = 600_000
const withWebgpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]

/** What of Playwright's pages these tests use; the library is installed with the playground. */
interface Page {
  readonly setDefaultTimeout: (milliseconds: number) => void
  readonly goto: (url: string) => Promise<unknown>
  readonly addInitScript: (script: string) => Promise<void>
  readonly click: (selector: string) => Promise<void>
  readonly fill: (selector: string, text: string) => Promise<void>
  readonly setInputFiles: (selector: string, files: string | readonly string[]) => Promise<void>
  readonly textContent: (selector: string) => Promise<string | null>
  readonly waitForFunction: (f: string) => Promise<unknown>
  readonly evaluate: <A>(f: string) => Promise<A>
  readonly on: (event: "pageerror", listener: (error: Error) => void) => void
}

interface Browser {
  readonly newPage: () => Promise<Page>
  readonly close: () => Promise<void>
}

const launch = async (args: readonly string[]): Promise<Browser> => {
  const entry = createRequire(join(root, "playground", "package.json")).resolve("playwright-core")
  const { default: playwright } = (await import(pathToFileURL(entry).href)) as {
    readonly default: { readonly chromium: { readonly launch: (options: object) => Promise<Browser> } }
  }
  return playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox", ...args] })
}

/** The same model by the packages alone: config and weights from its folder, pictures as they are stored. */
const cosinesInNode = async (folder: string, pictures: readonly RgbImage[], captions: readonly string[]) => {
  const { config, weights, tokenizer } = await loadClip({
    name: "clip",
    bytes: readFileSync(join(folder, "open_clip_model.safetensors")),
    config: JSON.parse(readFileSync(join(folder, "open_clip_config.json"), "utf8")),
    merges: mergesIn(readFileSync(join(folder, "merges.txt"), "utf8")),
  })
  const size = config.vision.imageSize
  const rows = captions.map((caption) => {
    const row = tokenizer.row(caption)
    if (row._tag === "Left") throw new Error(caption)
    return [...row.right]
  })
  const preset = { size, fit: "crop", statistics: openaiStatistics } as const
  const planes = pictures.map((picture) => preprocessImage(preset, picture))
  const [vision, text] = [clipVisionTower(config), clipTextTower(config)]
  const program = (args: { readonly w: Params; readonly x: Tensor; readonly ids: Tensor }): Tensor =>
    matmul(unitVectors(vision(args.w, args.x).pooled), transpose(unitVectors(text(args.w, args.ids))))
  await using device = await openDevice()
  const x = f32(
    [pictures.length, 3, size, size],
    planes.flatMap((plane) => [...plane]),
  )
  const ids = i32([captions.length, tokenizer.context], rows.flat())
  const cosines = await device.jit(program)({ w: weights as never, x, ids })
  return [...(await device.read(cosines)).data]
}

// One test runs all examples, one after the other.
describe.skipIf(chromium === undefined)("pages in a browser", { timeout: 2 * patience }, () => {
  let served: Served
  let browser: Browser
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "diva-pages-"))
    await preparePlayground(root, () => {})
    served = await servePlayground(root, 0)
    browser = await launch(withWebgpu)
    return async () => {
      await browser.close()
      await served.close()
    }
  }, 900_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const open = async (path: string, before?: string): Promise<Page> => {
    const page = await browser.newPage()
    page.setDefaultTimeout(patience)
    if (before !== undefined) await page.addInitScript(before)
    await page.goto(served.url + path)
    return page
  }

  /** The line of state once it is as wanted, or says what is wrong. */
  const stateOf = async (page: Page, wanted: string): Promise<string> => {
    const state = 'document.getElementById("state")'
    const ends = `${wanted}.test(${state}.textContent) || ${state}.classList.contains("wrong")`
    await page.waitForFunction(ends)
    return (await page.textContent("#state"))!
  }

  const openPlayground = async (): Promise<Page> => {
    const page = await open("")
    await page.waitForFunction('"playground" in globalThis')
    return page
  }

  // A short program may end before the page is asked again: whether it runs is asked in the turn that starts it.
  const run = async (page: Page, program?: string): Promise<string> => {
    if (program !== undefined) await page.evaluate(`playground.editor.write(${JSON.stringify(program)})`)
    const isRunning = await page.evaluate<boolean>(
      "(() => { void playground.run(); return document.getElementById('run').disabled })()",
    )
    expect(isRunning).toBe(true)
    expect(await stateOf(page, "/done|stopped/")).toMatch(/^(done|stopped) after/)
    return (await page.textContent("#pane"))!
  }

  /** What the pane of profiles shows once it is measured. */
  const profileOf = async (page: Page): Promise<string> => {
    await page.click("text=Profile")
    const ends = "/FLOP\\/s|could not|never run/.test(document.getElementById('pane').textContent)"
    await page.waitForFunction(ends)
    return (await page.textContent("#pane"))!
  }

  describe("the playground", () => {
    it("runs the README's first program, and shows its plan, its shaders and its profile", async () => {
      const page = await openPlayground()
      expect((await run(page)).split("\n")[10]).toContain("@@@@@@@@")
      await page.click("text=Plan")
      expect(await page.textContent("#pane")).toMatch(/iterateFour: \d+ dispatches[\s\S]*program\.ts:11:/)
      await page.click("text=WGSL")
      expect(await page.textContent("#pane")).toMatch(/@compute/)
      expect(await profileOf(page)).toMatch(/FLOP\/s/)
    })

    it("shows plan, shaders and profile of jitted programs, too", async () => {
      const page = await openPlayground()
      const program = [
        'import { add, matmul, openDevice, zeros, type Tensor } from "@diva/tensor"',
        "const device = await openDevice()",
        "const layer = device.jit(function layer({ x, w }: { x: Tensor; w: Tensor }) { return add(matmul(x, w), 1) })",
        "const y = await layer({ x: zeros([8, 4]), w: zeros([4, 8]) })",
        "console.log((await y.read()).data[0])",
      ].join("\n")
      expect(await run(page, program)).toBe("1\n")
      await page.click("text=Plan")
      expect(await page.textContent("#pane")).toMatch(/layer: 1 dispatches[\s\S]*program\.ts:3:/)
      await page.click("text=WGSL")
      expect(await page.textContent("#pane")).toMatch(/@compute/)
      expect(await profileOf(page)).not.toMatch(/could not|never run/)
    })

    it("draws", async () => {
      const program =
        'import * as plot from "@diva/tensor/plot"\n;(await plot.line([0, 1, 4])).show({ columns: 4, rows: 2 })'
      expect(await run(await openPlayground(), program)).toMatch(/^4 │[\s\S]*└────/)
    })

    it("knows every module that docs and READMEs import", async () => {
      const program = [
        'import { f32, mul, openDevice, type Tensor } from "@diva/tensor"',
        'import { profile, totalWork } from "@diva/tensor/profile"',
        'import { hostKey, hostUniform } from "@diva/tensor/random"',
        'import { emptyCache, tuningProblems } from "@diva/tensor/tune"',
        "const device = await openDevice()",
        "const double = await device.compile(({ x }: { readonly x: Tensor }) => mul(x, 2), { x: f32([2]) })",
        "const found = await profile(device, double, { x: f32([2], [1, 2]) }, { runs: 1 })",
        "const drawn = hostUniform(hostKey(1), 0)",
        "console.log(found.steps.length, totalWork(found).flops, drawn > 0 && drawn < 1, typeof tuningProblems, emptyCache !== undefined)",
      ].join("\n")
      expect(await run(await openPlayground(), program)).toContain("1 2 true function true")
    })

    it("offers examples of the docs, each of which runs", async () => {
      const page = await openPlayground()
      const names = await page.evaluate<readonly string[]>(
        "[...document.querySelectorAll('#examples option')].map((o) => o.value)",
      )
      expect(names).toEqual(["first", "customGradient", "kernels", "mlp", "shapes"])
      for (const name of names) {
        await page.evaluate(
          `(() => { const s = document.getElementById("examples"); s.value = ${JSON.stringify(name)}; s.dispatchEvent(new Event("change")) })()`,
        )
        const printed = await run(page)
        expect(await page.textContent("#state"), `${name}: ${printed}`).toMatch(/^done/)
      }
    })

    it("says at which line of the program a shape is wrong", async () => {
      const program =
        'import { matmul, zeros } from "@diva/tensor"\ntype A = number\n\nconst x = zeros([2, 3])\nmatmul(x, zeros([4, 5]))\n'
      expect(await run(await openPlayground(), program)).toMatch(
        /^line 5: ShapeMismatch[\s\S]*a  f32\[m 2, k 3\][\s\S]*b  f32\[k 4, n 5\]/,
      )
    })

    it("names the limit of this browser that a program is beyond", async () => {
      const program = [
        'import { add, iota, openDevice } from "@diva/tensor"',
        "const device = await openDevice()",
        'const spec = { shape: [2 ** 16, 2 ** 15], dtype: "f32" } as const',
        "await device.compile(({ x }: { x: any }) => add(x, 1), { x: spec })",
      ].join("\n")
      expect(await run(await openPlayground(), program)).toMatch(/LimitExceeded|OutOfDeviceMemory/)
    })

    it("says so when the device is lost, and runs the next program on a new one", async () => {
      const page = await openPlayground()
      const program = [
        'import { add, openDevice } from "@diva/tensor"',
        "const ask = GPUAdapter.prototype.requestDevice",
        "let gpu: any",
        "GPUAdapter.prototype.requestDevice = async function (...args) { return (gpu = await ask.apply(this, args)) }",
        "const device = await openDevice()",
        "GPUAdapter.prototype.requestDevice = ask",
        'const spec = { shape: [4], dtype: "f32" } as const',
        "const run = await device.compile(({ x }: { x: any }) => add(x, 1), { x: spec })",
        "gpu.destroy()",
        "await gpu.lost",
        "console.log(await device.read(run({ x: { ...spec, data: new Float32Array(4) } })))",
      ].join("\n")
      expect(await run(page, program)).toMatch(/DeviceLost/)
      const next = [
        'import { add, openDevice } from "@diva/tensor"',
        "const device = await openDevice()",
        'const spec = { shape: [2], dtype: "f32" } as const',
        "const run = await device.compile(({ x }: { x: any }) => add(x, 1), { x: spec })",
        "console.log((await device.read(run({ x: { ...spec, data: Float32Array.from([1, 2]) } }))).data)",
      ].join("\n")
      expect(await run(page, next)).toBe("Float32Array [ 2, 3 ]\n")
    })

    it("says in a browser without WebGPU what to do", async () => {
      for (const [path, element] of [
        ["", "#pane"],
        ["clip.html", "#state"],
      ] as const) {
        const page = await open(path, "delete Navigator.prototype.gpu")
        await page.waitForFunction(`/WebGPU/.test(document.querySelector("${element}").textContent)`)
        expect(await page.textContent(element)).toMatch(/no WebGPU[\s\S]*current Chrome/)
      }
    })
  })

  describe("the page of CLIPs", () => {
    const images: readonly RgbImage[] = [0, 1, 2].map((channel) => ({
      width: 40,
      height: 40,
      data: Uint8Array.from({ length: 40 * 40 * 3 }, (_, i) => (i % 3 === channel ? 230 : (i * 7) % 40)),
    }))

    const pictureFiles = () =>
      Promise.all(
        images.map(async (image, i) => {
          const png = join(folder, `${i}.png`)
          writeFileSync(png, await encodePng(image))
          return png
        }),
      )

    const files = async () => {
      const captions = ["a red circle", "a blue square", "a green triangle"]
      const { ids, ranks } = trainBytePairs(captions, 12)
      const sizes = { embed_dim: 32, context_length: 24, vocab_size: ids.size }
      const text = { transformer_width: 64, transformer_heads: 1, transformer_layers: 1 }
      const vision = { image_resolution: 32, vision_patch_size: 8, vision_width: 64, vision_layers: 2 }
      const config = parseOpenaiClip({ ...sizes, ...text, ...vision })
      if (config._tag === "Left") throw new Error(config.left.remedy)
      const weights = Object.entries(initialise(clipParameters(config.right), 1)).map(([name, { shape, data }]) => ({
        name,
        shape,
        dtype: "F32" as const,
        bytes: () => new Uint8Array(data.buffer as ArrayBuffer),
      }))
      const file = join(folder, "clip.safetensors")
      expect(await writeSafetensors(file, weights)()).toMatchObject({ _tag: "Right" })
      writeFileSync(join(folder, "merges.txt"), `#version: 0.2\n${[...ranks.keys()].join("\n")}\n`)
      return { captions, file, merges: join(folder, "merges.txt"), pictures: await pictureFiles() }
    }

    it("compares dropped pictures with captions, and learns which belong together", async () => {
      const { captions, file, merges, pictures } = await files()
      const page = await open("clip.html")
      const errors: Error[] = []
      page.on("pageerror", (error) => errors.push(error))
      await page.setInputFiles("#merges", merges)
      await page.setInputFiles("#before", file)
      expect(await stateOf(page, "/pictures of 32 pixels/")).toMatch(/clip\.safetensors: pictures of 32 pixels/)
      await page.setInputFiles("#pictures", pictures)
      await page.fill("#captions", captions.join("\n"))
      await page.click("#compare")
      expect(await stateOf(page, "/cosines/")).toMatch(/^cosines/)
      const cosines = await page.evaluate<readonly number[]>(
        "[...document.querySelectorAll('td')].map((cell) => Number(cell.textContent))",
      )
      expect(cosines).toHaveLength(9)
      expect(cosines.every((cosine) => Math.abs(cosine) <= 1)).toBe(true)
      await page.click("#train")
      const learnt = await stateOf(page, "/loss [\\d.]+ → /")
      expect(learnt).toMatch(/loss [\d.]+ → [\d.]+ in 10 steps/)
      const [, first, last] = /loss ([\d.]+) → ([\d.]+)/.exec(learnt)!
      expect(Number(last)).toBeLessThan(Number(first))
      expect(errors).toEqual([])
    })

    it("reads a folder in OpenCLIP's style, whose heads and activation stand in its configuration, and computes what Node does", async () => {
      const clip = join(root, "packages", "diva", "world", "clip")
      const names = ["open_clip_model.safetensors", "open_clip_config.json", "merges.txt", "vocab.json"]
      const folderFiles = names.map((name) => join(clip, name))
      const pictures = await pictureFiles()
      const captions = ["a red circle", "two blue squares left of a green triangle"]
      const page = await open("clip.html")
      const errors: Error[] = []
      page.on("pageerror", (error) => errors.push(error))
      await page.setInputFiles("#before", folderFiles)
      expect(await stateOf(page, "/pictures of 64 pixels/")).toMatch(
        /open_clip_model\.safetensors: pictures of 64 pixels/,
      )
      await page.setInputFiles("#after", folderFiles)
      await stateOf(page, "/pictures of 64 pixels/")
      await page.setInputFiles("#pictures", pictures)
      await page.fill("#captions", captions.join("\n"))
      await page.click("#compare")
      expect(await stateOf(page, "/cosines/")).toMatch(/^cosines/)
      const shown = await page.evaluate<readonly number[]>(
        "[...document.querySelectorAll('td')].map((cell) => Number(cell.textContent))",
      )
      expect(shown).toHaveLength(12)
      const expected = await cosinesInNode(clip, images, captions)
      // Of f32 arithmetic in another order, printed with four digits.
      shown.forEach((cosine, i) => expect(Math.abs(cosine - expected[i % 6]!)).toBeLessThan(1e-3))
      expect(new Set(expected).size).toBe(6)
      expect(errors).toEqual([])
    })
  })
})
