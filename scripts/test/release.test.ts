import { describe, expect, it } from "vitest"
import { publishedManifest } from "../publish/publishedManifest.ts"
import { isNewer, released, withVersion } from "../publish/version.ts"

describe("a release", () => {
  it("takes a version after the present one", () => {
    expect(["0.1.1", "0.2.0", "1.0.0", "0.10.0"].map((next) => isNewer(next, "0.1.9"))).toEqual([
      false,
      true,
      true,
      true,
    ])
    expect(["0.1.0", "0.0.9", "1.0", "v1.0.0", "1.0.0-beta", ""].map((next) => isNewer(next, "0.1.0"))).toEqual(
      Array.from({ length: 6 }, () => false),
    )
  })

  it("gives a package and what it needs of its siblings the same version, and nothing else", () => {
    const manifest = `{\n  "name": "@diva/models",\n  "version": "0.1.0",\n  "dependencies": {\n    "@diva/tensor": "0.1.0",\n    "fp-ts": "2.16.11"\n  }\n}\n`
    expect(withVersion(manifest, "0.2.0")).toBe(
      manifest.replace('"version": "0.1.0"', '"version": "0.2.0"').replace('tensor": "0.1.0"', 'tensor": "0.2.0"'),
    )
  })

  it("closes what is unreleased, and leaves a changelog without news alone", () => {
    expect(released("# Changelog\n\n## Unreleased\n\n- A thing.\n", "0.2.0")).toBe(
      "# Changelog\n\n## Unreleased\n\n## 0.2.0\n\n- A thing.\n",
    )
    const quiet = "# Changelog\n\n## Unreleased\n\n## 0.2.0\n\n- A thing.\n"
    expect(released(quiet, "0.3.0")).toBe(quiet)
  })
})

describe("the package.json that is published", () => {
  it("names compiled modules and their declarations, keeps closed subpaths closed, and drops what is the repository's own", () => {
    const published = publishedManifest(
      {
        name: "@diva/x",
        version: "1.0.0",
        private: true,
        scripts: { test: "vitest" },
        exports: { ".": "./src/index.ts", "./part": "./src/part/index.ts", "./internal/*": null },
        dependencies: { "fp-ts": "2.16.11" },
      },
      { engines: { node: ">=20.9.0" } },
    )
    expect(published).toEqual({
      name: "@diva/x",
      version: "1.0.0",
      engines: { node: ">=20.9.0" },
      dependencies: { "fp-ts": "2.16.11" },
      exports: {
        ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
        "./part": { types: "./dist/part/index.d.ts", default: "./dist/part/index.js" },
        "./internal/*": null,
        "./package.json": "./package.json",
      },
    })
  })
})
