import { spawn } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { readWorldStatement, shippedFolder, shippedWorld, type ComparedScore } from "@diva/diva"
import { Effect } from "effect"
import { runSteps } from "../../../../docs/make/runSteps.ts"
import { alone, bring, renderBits, renderSteps, sameBits, verdictOn, worldOf } from "../../../../docs/make/worldAnew.ts"
import {
  chosenSteps,
  readRecords,
  standing,
  stepsOf,
  type Commands,
  type Step,
} from "../../../../docs/make/worldSteps.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

/** Stands for diva: writes a run into the folder after `--out`, notes its words beside the world, and fails while `full` lies there. */
const fake = `
echo "$*" >> ../calls
for word; do
  test "$last" = --out && out=$word
  last=$word
done
mkdir -p "$out"
echo {} > "$out/manifest.json"
case "$out" in runs/b) test ! -e ../full || exit 28 ;; esac
`

/** Stands for a pre-training, which ends in its own time when it is interrupted. */
const patient = `
import { mkdirSync, writeFileSync } from "node:fs"
process.on("SIGINT", () => process.exit(130))
mkdirSync("runs/a", { recursive: true })
writeFileSync("runs/a/manifest.json", "{}")
setTimeout(() => {}, 60_000)
`

const little: Commands = {
  data: ["diva data scenes --out data/a", "diva data scenes --out data/b"],
  a: ['diva pretrain a --data "data/a/*.tar" --out runs/a', "diva pretrain a --from runs/a/a --out runs/a-whole"],
  b: ["for seed in 1 2; do diva data scenes --out data/more/$seed; done", "diva pretrain b --data data/b --out runs/b"],
  both: ["mkdir -p both", "cp -r runs/a-whole runs/b both"],
  chosen: ["diva data pairs --by both/a --out both/chosen"],
  plain: ["diva data pairs --out both/plain"],
}

interface Attempt {
  /** What the fake was called with, in order. */
  readonly calls: readonly string[]
  readonly said: readonly string[]
  /** The message of the error that ended it. */
  readonly problem: string
}

/** A place to make `little` in, again and again. */
const workshop = () => {
  const place = temporaryFolder()
  const [folder, program] = [join(place, "anew"), join(place, "diva.sh")]
  writeFileSync(program, fake)
  const attempt = async (commands: Commands = little, only = Object.keys(commands)): Promise<Attempt> => {
    writeFileSync(join(place, "calls"), "")
    const said: string[] = []
    let problem = ""
    try {
      const all = stepsOf(commands)
      const known = standing(all, readRecords(folder))
      const steps = chosenSteps(all, only, (step) => known.get(step)?.finished === true)
      await runSteps({ folder, steps, known, diva: ["sh", program], say: (line) => said.push(line) })
    } catch (error) {
      problem = (error as Error).message
    }
    return { calls: readFileSync(join(place, "calls"), "utf8").split("\n").filter(Boolean), said, problem }
  }
  return { place, folder, attempt }
}

/** `little` with another command in one place. */
const changed = (group: string, index: number, command: string): Commands => ({
  ...little,
  [group]: little[group]!.with(index, command),
})

const worldSteps = async () => stepsOf((await Effect.runPromise(readWorldStatement(shippedFolder))).commands)

/** Steps that build on the first whose command contains a text, as `group index`. */
const buildingOn = (steps: readonly Step[], text: string): readonly string[] => {
  const reached = new Set([steps.find(({ command }) => command.includes(text))!])
  for (const step of steps) if (step.needs.some((each) => reached.has(each))) reached.add(step)
  const index = (step: Step): number => steps.filter(({ group }) => group === step.group).indexOf(step)
  return [...reached].slice(1).map((step) => `${step.group} ${index(step)}`)
}

describe("a world made anew", () => {
  it("runs commands in their order, each after a line that counts, and what is done not again", async () => {
    const { folder, attempt } = workshop()
    const first = await attempt()
    expect([first.problem, first.calls.length, first.said.length]).toEqual(["", 9, 10])
    expect(first.calls.slice(0, 4)).toEqual([
      "data scenes --out data/a",
      "data scenes --out data/b",
      "pretrain a --data data/a/*.tar --out runs/a",
      "pretrain a --from runs/a/a --out runs/a-whole",
    ])
    expect(first.said[2]).toBe(`step 3 of 10: ${little["a"]![0]}`)
    expect(existsSync(join(folder, "both", "a-whole", "manifest.json"))).toBe(true)
    const second = await attempt()
    expect([second.problem, second.calls]).toEqual(["", []])
    expect(second.said[2]).toMatch(/^step 3 of 10, done before in .+: diva pretrain a/)
  })

  it("says which step failed; the same call goes on there, a pre-training from its last checkpoint", async () => {
    const { place, folder, attempt } = workshop()
    writeFileSync(join(place, "full"), "")
    const { problem, calls } = await attempt()
    expect(problem).toBe(
      "step 6 of 10 (b) failed with exit code 28; what is done is kept, and the same call goes on from there",
    )
    expect(calls).toHaveLength(7)
    rmSync(join(place, "full"))
    const { calls: later } = await attempt()
    expect(later[0]).toBe("pretrain b --data data/b --out runs/b --resume")
    expect(later).toHaveLength(3)
    const records = readRecords(folder)
    expect(records.every(({ finished, seconds }) => finished && seconds >= 0)).toBe(true)
    expect(records).toHaveLength(10)
  })

  it("gives up a loop at its first failure", async () => {
    const { attempt } = workshop()
    const { problem } = await attempt({ data: ["for name in 1 2; do test $name = 2; done"] })
    expect(problem).toContain("step 1 of 1 (data) failed with exit code 1")
  })

  it("makes again what a changed command, and only that, makes different", async () => {
    const { folder, attempt } = workshop()
    await attempt()
    writeFileSync(join(folder, "runs", "a", "old"), "")
    const another = changed("a", 0, 'diva pretrain a --data "data/a/*.tar" --updates 9 --out runs/a')
    const { calls } = await attempt(another)
    expect(calls).toEqual([
      "pretrain a --data data/a/*.tar --updates 9 --out runs/a",
      "pretrain a --from runs/a/a --out runs/a-whole",
      "data pairs --by both/a --out both/chosen",
    ])
    expect(existsSync(join(folder, "runs", "a", "old"))).toBe(false)
    // The first is no longer there: its record went with its folder.
    expect((await attempt()).calls).toHaveLength(3)
  })

  it("makes a step again whose line was removed, with all that builds on it", async () => {
    const { folder, attempt } = workshop()
    await attempt()
    const kept = readRecords(folder).filter(({ command }) => command !== little["b"]![1])
    writeFileSync(join(folder, "steps.jsonl"), kept.map((record) => `${JSON.stringify(record)}\n`).join(""))
    expect((await attempt()).calls).toEqual([
      "pretrain b --data data/b --out runs/b",
      "data pairs --by both/a --out both/chosen",
    ])
  })

  it("makes named groups alone and the data that they need, and says what else they need", async () => {
    const { attempt } = workshop()
    const { calls, said } = await attempt(little, ["a"])
    expect(calls).toHaveLength(3)
    expect(said[0]).toBe("step 1 of 3: diva data scenes --out data/a")
    expect((await attempt(little, ["chosen"])).problem).toBe(
      "chosen needs what is not made yet: b, both; --only b,both,chosen makes it, too",
    )
    expect((await attempt(little, ["c"])).problem).toContain('there is no group "c"; groups: data, a, b, both')
  })

  it("leaves a folder alone that holds anything else", async () => {
    const { folder, attempt } = workshop()
    mkdirSync(join(folder, "runs", "a"), { recursive: true })
    const { problem, calls } = await attempt()
    expect([problem, calls]).toEqual([`${folder} holds files, and no steps.jsonl: name an empty or a new folder`, []])
  })

  it("is made by one call at a time", async () => {
    const { folder, attempt } = workshop()
    const another = () => alone(folder, async () => "another")
    const both = alone(folder, async () => {
      expect((await attempt(little, ["data"])).problem).toBe("")
      return another()
    })
    await expect(both).rejects.toThrow(/^process \d+ on .+ has been using .+; wait for it .+ name another folder$/)
    expect(await another()).toBe("another")
  })

  it("waits at Ctrl-C for the command's end, and says so", async () => {
    const { place, folder } = workshop()
    const source = fileURLToPath(new URL("../../../../docs/make/", import.meta.url))
    writeFileSync(join(place, "patient.mjs"), patient)
    const program = `
      import { runSteps } from "${source}runSteps.ts"
      import { stepsOf } from "${source}worldSteps.ts"
      const steps = stepsOf({ a: ["diva pretrain a --out runs/a", "diva data pairs --out pairs"] })
      const diva = [process.execPath, "${join(place, "patient.mjs")}"]
      await runSteps({ folder: "${folder}", steps, known: new Map(), diva, say: console.log })
        .catch(({ message, code }) => { console.log(message); process.exitCode = code })`
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], { detached: true })
    let text = ""
    child.stdout.on("data", (chunk) => (text += String(chunk)))
    const began = setInterval(() => {
      if (!existsSync(join(folder, "runs", "a", "manifest.json"))) return
      clearInterval(began)
      process.kill(-child.pid!, "SIGINT")
    }, 50)
    const code = await new Promise((resolve) => child.on("close", resolve))
    expect(text).toContain("stopped in step 1 of 2 (a); what is done is kept")
    expect([code, existsSync(join(folder, "pairs"))]).toEqual([130, false])
    expect(readRecords(folder)).toMatchObject([{ group: "a", finished: false }])
  })
})

describe("the steps of the world that ships", () => {
  it("build on each other as far as their commands read what others write", async () => {
    const steps = await worldSteps()
    const end = ["world 1", "confused 0"]
    expect(buildingOn(steps, "data/web")).toEqual(["clip 0", "clip 1", ...end])
    expect(buildingOn(steps, "--out runs/clip")).toEqual(["clip 1", ...end])
    const learnt = ["diffusion 1", "diffusion 2", "diffusion 3", "diffusion 4"]
    expect(buildingOn(steps, "data/full")).toEqual(["vae 0", ...learnt, ...end])
    expect(buildingOn(steps, "data/card/$seed")).toEqual([...learnt, ...end])
    expect(buildingOn(steps, "data/judge")).toEqual(["attributes 1", "attributes 2", ...end])
    expect(buildingOn(steps, "mkdir")).toEqual(end)
    expect(buildingOn(steps, "world/confused")).toEqual([])
  })

  it("are judged where they were made, beside what ships", async () => {
    const steps = await worldSteps()
    const parts = worldOf("/w", steps, (group) => group === "clip" || group === "diffusion" || group === "control")
    expect(parts).toEqual({
      ...shippedWorld,
      clip: "/w/runs/clip-whole/clip",
      diffusion: "/w/runs/diffusion/diffusion",
      control: "/w/world/control",
    })
    const copied = steps.find(({ command }) => command.startsWith("cp"))!
    for (const part of [parts.clip, parts.diffusion]) expect(copied.command).toContain(part.replace("/w/", ""))
    expect(worldOf("/w", steps, () => true).clip).toBe("/w/world/clip")
  })

  it("bring the scores of their models and pairs", async () => {
    const { measured } = await Effect.runPromise(readWorldStatement(shippedFolder))
    const brought = (groups: readonly string[], done: readonly string[]) =>
      Object.keys(measured.estimates).filter((score) => bring(groups, (group) => done.includes(group), score))
    expect(brought(["clip"], ["data", "clip"])).toEqual(["clip.control", "clip.objects", "clip.colours"])
    expect(brought(["clip"], ["clip", "confused"])).toContain("clip.confused")
    expect(brought(["confused"], ["clip", "confused"])).toEqual(["clip.confused"])
    expect(brought(["vae"], ["vae"])).toEqual(["vae.error"])
    expect(brought(["diffusion"], []).slice(0, 2)).toEqual(["diffusion.noise", "diffusion.objects"])
    expect(brought(["data", "world"], [])).toEqual([])
    const all = Object.keys((await Effect.runPromise(readWorldStatement(shippedFolder))).commands)
    expect(brought(all, all)).toEqual(Object.keys(measured.estimates))
  })

  it("tell which parts are those that ship, bit for bit", async () => {
    const [clip, attributes, vae] = ["clip", "attributes", "vae"].map((part) => join(temporaryFolder(), part)) as [
      string,
      string,
      string,
    ]
    cpSync(shippedWorld.clip, clip, { recursive: true })
    cpSync(shippedWorld.attributes, attributes, { recursive: true })
    cpSync(join(shippedWorld.diffusion, "vae"), vae, { recursive: true })
    writeFileSync(join(attributes, "config.json"), "{}")
    const parts = await Effect.runPromise(sameBits({ ...shippedWorld, clip, attributes }, vae))
    expect(renderBits(parts)).toBe("the same bits as what ships: clip, vae\nother bits than what ships: attributes")
    expect(renderBits(await Effect.runPromise(sameBits(shippedWorld)))).toBe("")
  })

  it("end in a table, and in failure where a score lies outside its interval", async () => {
    const [first, ...others] = await worldSteps()
    const copy = others.find(({ command }) => command.startsWith("mkdir"))!
    const recordOf = ({ group, command, hash }: Step, seconds: number) =>
      ({ group, command, hash, finished: true, seconds, date: "2025-01-02T03:04:05.000Z" }) as const
    const known = new Map([first!, copy].map((step, i) => [step, recordOf(step, 130 - 125 * i)]))
    expect(renderSteps([first!, copy], known).split("\n")).toEqual([
      "step     made            done              took",
      "1 data   data/web        2025-01-02  2 min 10 s",
      "2 world  mkdir -p world  2025-01-02         5 s",
    ])
    const stated = { value: 50, low: 40, high: 60, count: 10 }
    const score = (name: string, value: number, holds: boolean): ComparedScore => ({
      name,
      stated,
      found: { value, count: 10, interval: stated, method: "wilson" },
      holds,
    })
    expect(verdictOn([score("clip.objects", 45, true)]).code).toBe(0)
    const { text, code } = verdictOn([score("clip.objects", 45, true), score("vae.error", 39, false)])
    expect(code).toBe(1)
    expect(text).toContain("outside their intervals: vae.error")
    expect(text).toMatch(/vae\.error +50\.0 \[40\.0 … 60\.0\] +39\.0 of 10 +outside/)
  })
})
