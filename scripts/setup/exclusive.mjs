import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { withProgress } from "./progress.mjs"

const UNCLAIMED_MS = 5000

/**
 * Runs `work` while no other setup of the same checkout runs. The lock is a folder, because making one is atomic on
 * every file system; it lies outside the checkout, because `npm ci` deletes node_modules. It holds one file per process
 * that works under it, named by its id; when all of them have died, the next setup takes the lock over.
 * @template T
 * @param {string} root
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const exclusively = async (root, work) => {
  const folder = lockFolder(root)
  if (!claim(folder)) await withProgress("waiting for another setup of this checkout", () => waitToClaim(folder))
  try {
    return await work()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Keeps the lock while the process `pid` lives, even if this one is killed: an orphaned `npm ci` still writes.
 * @param {string} root
 * @param {number | undefined} pid
 */
export const holdAlso = (root, pid) => {
  if (pid !== undefined) writeFileSync(join(lockFolder(root), String(pid)), "")
}

/** @param {string} root */
export const lockFolder = (root) =>
  join(tmpdir(), `diva-setup-${createHash("sha256").update(root).digest("hex").slice(0, 12)}`)

/** @param {string} folder */
const waitToClaim = async (folder) => {
  while (!claim(folder)) await sleep(200)
}

/** @param {string} folder */
const claim = (folder) => {
  if (make(folder)) return true
  if (!abandoned(folder)) return false
  rmSync(folder, { recursive: true, force: true })
  return make(folder)
}

/** @param {string} folder */
const make = (folder) => {
  try {
    mkdirSync(folder)
    writeFileSync(join(folder, String(process.pid)), "")
    return true
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false
    throw error
  }
}

/** @param {string} folder */
const abandoned = (folder) => {
  const owners = ownersOf(folder)
  return owners.length === 0 ? unclaimedTooLong(folder) : !owners.some(alive)
}

/** @param {string} folder */
const ownersOf = (folder) => {
  try {
    return readdirSync(folder).map(Number)
  } catch {
    return []
  }
}

/**
 * Between making the folder and writing the pid there is a moment without an owner; a crash may make it last.
 * @param {string} folder
 */
const unclaimedTooLong = (folder) => {
  try {
    return Date.now() - statSync(folder).mtimeMs > UNCLAIMED_MS
  } catch {
    return true
  }
}

/** @param {number} pid */
const alive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, "EPERM")
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
const hasCode = (error, code) => error instanceof Error && "code" in error && error.code === code
