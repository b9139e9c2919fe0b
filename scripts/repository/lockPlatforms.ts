/**
 * `npm ci` refuses a lock file that lacks any of a tool's optional per-platform packages, and npm leaves out those that
 * the registry in use does not mirror. Their entries follow from the tool's own list, so they can be written down.
 */

export type LockEntry = {
  readonly version?: string
  readonly dev?: boolean
  readonly license?: string
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
export type LockEntries = Readonly<Record<string, LockEntry>>

/** The optional packages that `packages` of a lock file demands and does not list, by their place in node_modules. */
export const missingPlatforms = (packages: LockEntries): LockEntries =>
  Object.fromEntries(
    Object.entries(packages).flatMap(([path, entry]) =>
      Object.entries(entry.optionalDependencies ?? {})
        .filter(([name]) => !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages))
        .map(([name, version]) => [`node_modules/${name}`, platformEntry(name, version, entry)] as const),
    ),
  )

/** Entries in npm's order: by path. */
export const withMissingPlatforms = (packages: LockEntries): LockEntries =>
  Object.fromEntries(
    Object.entries({ ...packages, ...missingPlatforms(packages) }).toSorted(([a], [b]) => a.localeCompare(b, "en")),
  )

const platformEntry = (name: string, version: string, { dev, license }: LockEntry): LockEntry => ({
  version,
  ...platformOf(name),
  ...(dev === undefined ? {} : { dev }),
  ...(license === undefined ? {} : { license }),
  optional: true,
})

/** `@oxlint/binding-linux-arm64-musl` → linux, arm64, musl: the naming of napi and turbo packages. */
const platformOf = (name: string): Pick<LockEntry, "os" | "cpu" | "libc"> => {
  const [os = "", cpu = "", abi = ""] = (name.split("/").at(-1) ?? "").replace(/^binding-/, "").split("-")
  const libc = abi.startsWith("musl") ? ["musl"] : abi.startsWith("gnu") ? ["glibc"] : undefined
  return {
    os: [os === "windows" ? "win32" : os],
    cpu: [cpu === "64" ? "x64" : cpu],
    ...(libc === undefined ? {} : { libc }),
  }
}
