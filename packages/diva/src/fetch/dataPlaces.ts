import * as path from "node:path"
import { Effect } from "effect"
import { isThere } from "../files/presence.ts"
import { benchmarkNames, benchmarksFolder, mmvp } from "./published.ts"

/** Where the data of evaluations lie below a folder, whether they were fetched or put there by hand. */
export const dataPlaces = (root = ".") => ({
  mmvp: path.join(root, mmvp.folder),
  benchmarks: path.join(root, benchmarksFolder),
})

const plain = (name: string): string => name.toLowerCase().replace(/^wds_/, "")

/**
 * The folder of a benchmark: the one that is named, or, where there is none, that into which `diva fetch` puts the benchmark of this name
 * (`imagenet1k`, `vtab-cifar10`, `cifar10`).
 */
export const benchmarkPlace = (named: string, root = "."): Effect.Effect<string> =>
  Effect.map(isThere(named), (is) => {
    if (is) return named
    const known = benchmarkNames.find((name) => [name, name.replace(/^vtab-/, "")].includes(plain(named)))
    return known === undefined ? named : path.join(dataPlaces(root).benchmarks, `wds_${known}`)
  })
