const numbersOf = (version: string): readonly number[] | undefined => {
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(version)?.slice(1).map(Number)
  return parts
}

/** Whether `next` is a version of three numbers that comes after `current`. */
export const isNewer = (next: string, current: string): boolean => {
  const [after, before] = [numbersOf(next), numbersOf(current)]
  if (after === undefined || before === undefined) return false
  const first = after.findIndex((part, i) => part !== before[i])
  return first >= 0 && after[first]! > before[first]!
}

/** A package.json with another version, of itself and of the packages of this repository that it needs. */
export const withVersion = (manifest: string, version: string): string =>
  manifest
    .replace(/^( {2}"version": )"[^"]*"/m, `$1"${version}"`)
    .replace(/("@diva\/[a-z]+": )"[^"]*"/g, `$1"${version}"`)

/** A changelog whose "Unreleased" is now a version; a new, empty one is on top. A changelog without news stays as it is. */
export const released = (changelog: string, version: string): string =>
  /^## Unreleased\n+(?=[^\n#])/m.test(changelog)
    ? changelog.replace(/^## Unreleased$/m, `## Unreleased\n\n## ${version}`)
    : changelog
