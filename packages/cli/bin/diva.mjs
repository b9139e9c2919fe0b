#!/usr/bin/env node
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { launch } from "./launch.mjs"

const beside = (/** @type {string} */ file) => fileURLToPath(new URL(file, import.meta.url))

// Installed from a registry it is compiled; in its repository, source.
const compiled = beside("../dist/main.js")
launch(existsSync(compiled) ? compiled : beside("../src/main.ts"), process.argv.slice(2))
