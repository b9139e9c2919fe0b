import { spawn, spawnSync } from "node:child_process"
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { missingPlatforms, withMissingPlatforms, type LockEntries } from "../repository/lockPlatforms.ts"
import { parseSources, suiteFrom } from "../setup/aptSources.mjs"
import { addedSuite } from "../setup/aptInstall.mjs"
import { stalePackages } from "../setup/dependencies.mjs"
import { exclusively, lockFolder } from "../setup/exclusive.mjs"
import { SetupFailure, renderFailure } from "../setup/failure.mjs"
import { mesaSuites, parseRelease, usesApt } from "../setup/linuxRelease.mjs"
import { adapterRemedy } from "../setup/remedies.mjs"
import { countLine, countTests } from "../testCount.mjs"

const repository = fileURLToPath(new URL("../..", import.meta.url))
const lockFile = join(repository, "package-lock.json")

it("the lock file names every platform's package, without which npm ci refuses it (npm run lock adds them)", () => {
  expect(missingPlatforms(JSON.parse(readFileSync(lockFile, "utf8")).packages)).toEqual({})
})

it("the lock file agrees with every package.json, without which npm ci refuses it (npm install brings it up to date)", () => {
  const { packages } = JSON.parse(readFileSync(lockFile, "utf8"))
  const manifests = ["package.json", ...globSync("packages/*/package.json", { cwd: repository })]
  const demands = ({ dependencies = {}, devDependencies = {} }) => ({ dependencies, devDependencies })
  manifests.forEach((path) => {
    const manifest = JSON.parse(readFileSync(join(repository, path), "utf8"))
    expect(demands(packages[dirname(path).replace(/^\.$/, "")]), path).toEqual(demands(manifest))
  })
})

it("a lock file gains the platforms a registry did not mirror", () => {
  const tool = {
    version: "2.0.0",
    dev: true,
    optionalDependencies: { "@t/linux-arm64-musl": "2.0.0", "@t/windows-64": "2.0.0" },
  }
  const packages: LockEntries = { "": {}, "node_modules/tool": tool }
  const complete = withMissingPlatforms(packages)
  expect(missingPlatforms(complete)).toEqual({})
  expect(complete["node_modules/@t/linux-arm64-musl"]).toMatchObject({ os: ["linux"], cpu: ["arm64"], libc: ["musl"] })
  expect(complete["node_modules/@t/windows-64"]).toEqual({
    version: "2.0.0",
    os: ["win32"],
    cpu: ["x64"],
    dev: true,
    optional: true,
  })
})

it("node_modules is stale when a package is missing, of another version, or not linked", () => {
  const wanted = {
    "": {},
    "packages/tensor": { version: "0.1.0" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "1.0.0", optional: true },
    "node_modules/@diva/tensor": { link: true },
  }
  const a = { "node_modules/a": { version: "1.0.0" } }
  const link = { "node_modules/@diva/tensor": { link: true } }
  expect(stalePackages(wanted, { ...a, ...link })).toEqual([])
  expect(stalePackages(wanted, a)).toEqual(["node_modules/@diva/tensor"])
  expect(stalePackages(wanted, { ...link, "node_modules/a": { version: "1.0.1" } })).toEqual(["node_modules/a"])
  expect(stalePackages(wanted, { ...a, ...link, "node_modules/b": { version: "0.9.0" } })).toEqual(["node_modules/b"])
})

const deb822 = `# comment
Types: deb
# a snapshot that is not used
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://other.example/debian
Suites: bookworm
Components: main
`

it("backports come from the machine's own mirror and key, in deb822 sources", () => {
  const sources = parseSources([{ name: "debian.sources", text: deb822 }])
  expect(sources.map(({ suites }) => suites)).toEqual([["bookworm", "bookworm-updates"], ["bookworm-security"]])
  expect(suiteFrom(sources, "bookworm", "bookworm-backports")).toEqual({
    name: "bookworm-backports.sources",
    text: `Types: deb
URIs: http://mirror.example/debian
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`,
  })
})

it("backports come from the machine's own mirror and options, in one-line sources", () => {
  const text = `# deb http://old.example/debian bookworm main
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security bookworm-security main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib # main mirror
`
  expect(suiteFrom(parseSources([{ name: "sources.list", text }]), "bookworm", "bookworm-backports")).toEqual({
    name: "bookworm-backports.list",
    text: "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm-backports main\n",
  })
})

it("a source that names the release by its alias serves too, one that is no source does not", () => {
  const files = [
    { name: "a.list.disabled", text: "deb http://no.example/debian bookworm main" },
    { name: "b.list", text: "deb http://mirror.example/debian oldstable main" },
  ]
  expect(suiteFrom(parseSources(files), "bookworm", "s")?.text).toBe("deb http://mirror.example/debian s main\n")
  expect(suiteFrom(parseSources(files.slice(0, 1)), "bookworm", "s")).toBeUndefined()
})

it("a suite the machine has already is not added again", () => {
  const files = [{ name: "b.list", text: "deb http://m/d bookworm main\ndeb http://m/d bookworm-backports main" }]
  expect(addedSuite(files, "bookworm", "bookworm-backports")).toBeUndefined()
})

const bookworm = parseRelease('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_CODENAME=bookworm\n')
const mint = parseRelease('NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=zara\n')
const fedora = parseRelease("ID=fedora\nVERSION_ID=42\n")

it("Mesa comes from backports on bookworm and from the distribution first elsewhere", () => {
  expect(mesaSuites(bookworm)).toEqual(["bookworm-backports"])
  expect(mesaSuites({ ...bookworm, codename: "trixie" })).toEqual(["", "trixie-backports"])
  expect(mesaSuites(mint)).toEqual([""])
  expect([bookworm, mint, fedora].map(usesApt)).toEqual([true, true, false])
})

it("a bookworm user without root gets commands that name the machine's own mirror", () => {
  const remedy = adapterRemedy("linux", bookworm, [{ name: "debian.sources", text: deb822 }])
  expect(remedy).toContain(
    "printf '%s\\n' 'Types: deb' 'URIs: http://mirror.example/debian' 'Suites: bookworm-backports' 'Components: main' " +
      "'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' | sudo tee /etc/apt/sources.list.d/bookworm-backports.sources",
  )
  expect(remedy).toContain("sudo apt-get install -y -t bookworm-backports mesa-vulkan-drivers libvulkan1")
})

it.each([
  ["linux", fedora, "sudo dnf install -y mesa-vulkan-drivers"],
  ["linux", parseRelease('ID=manjaro\nID_LIKE="arch"'), "sudo pacman -S --needed vulkan-swrast"],
  ["linux", parseRelease("ID=alpine"), "sudo apk add mesa-vulkan-swrast"],
  ["linux", parseRelease('ID="opensuse-leap"\nID_LIKE="suse opensuse"'), "sudo zypper install -y libvulkan_lvp"],
  ["linux", mint, "sudo apt-get install -y mesa-vulkan-drivers"],
  ["linux", parseRelease(""), "Install the Vulkan loader"],
  ["darwin", parseRelease(""), "Metal"],
  ["win32", parseRelease(""), "graphics driver"],
] as const)("on %s every user is told what to do (%o)", (platform, release, expected) => {
  expect(adapterRemedy(platform, release, [])).toContain(expected)
})

it("a failure shows the problem, the captured output and the remedy", () => {
  const text = renderFailure(
    new SetupFailure("Dawn finds no WebGPU adapter", "sudo apt-get update\nsudo …", "E: no network"),
  )
  expect(text.split("\n").filter((line) => line !== "")).toEqual([
    "stopped: Dawn finds no WebGPU adapter",
    "  E: no network",
    "  sudo apt-get update",
    "  sudo …",
  ])
})

it("two setups of one checkout run one after the other, also when the first fails", async () => {
  const events: string[] = []
  const work = (name: string, fails: boolean) => async () => {
    events.push(`${name} begins`)
    await sleep(50)
    events.push(`${name} ends`)
    if (fails) throw new Error("no")
  }
  const root = `/checkout-${process.pid}`
  const both = await Promise.allSettled([exclusively(root, work("a", true)), exclusively(root, work("b", false))])
  expect(both.map(({ status }) => status)).toEqual(["rejected", "fulfilled"])
  expect(events).toEqual(["a begins", "a ends", "b begins", "b ends"])
})

it("a lock whose owners have died is taken over, one with a living owner is waited for", async () => {
  const root = `/checkout-dead-${process.pid}`
  const dead = spawnSync(process.execPath, ["--version"]).pid
  const orphan = spawn("sleep", ["0.5"])
  mkdirSync(lockFolder(root))
  for (const pid of [dead, orphan.pid]) writeFileSync(join(lockFolder(root), String(pid)), "")
  const ended = new Promise((resolve) => orphan.on("close", resolve))
  expect(await Promise.race([ended.then(() => "orphan"), exclusively(root, async () => "next")])).toBe("orphan")
  expect(await exclusively(root, async () => existsSync(lockFolder(root)))).toBe(true)
  expect(existsSync(lockFolder(root))).toBe(false)
})

it.runIf(process.platform === "linux")(
  "a driver that the environment names and that does not exist is explained",
  () => {
    const env = { ...process.env, VK_DRIVER_FILES: "/nonexistent" }
    const { status, stderr } = spawnSync(process.execPath, [join(repository, "scripts", "run.mjs"), "setup"], { env })
    expect(status).toBe(1)
    expect(String(stderr)).toContain("Dawn finds no WebGPU adapter")
    expect(String(stderr)).toContain("VK_DRIVER_FILES=/nonexistent\n  Unset it")
  },
)

const file = (status: string, ...statuses: string[]) => ({
  status,
  assertionResults: statuses.map((each) => ({ status: each })),
})

it("the closing count takes tests, files that do not load, and runs that end badly", () => {
  expect(countLine(countTests([file("passed", "passed", "passed")], 0))).toBe("2 passed, 0 failed")
  expect(countLine(countTests([file("failed", "passed", "failed"), file("failed")], 1))).toBe("1 passed, 2 failed")
  expect(countLine(countTests([file("passed", "passed", "pending", "todo")], 0))).toBe("1 passed, 0 failed, 2 skipped")
  expect(countLine(countTests([file("passed", "passed")], 1))).toBe("1 passed, 1 failed")
  expect(countLine(countTests([], 1))).toBe("0 passed, 1 failed")
})
