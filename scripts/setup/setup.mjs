import { adapterRemembered, ensureAdapter } from "./adapter.mjs"
import { dependenciesReady, installDependencies } from "./dependencies.mjs"
import { exclusively } from "./exclusive.mjs"

/**
 * Dependencies and, where `needs` says so, a working WebGPU adapter. Does nothing when both are there already.
 * @param {string} root
 * @param {{ readonly adapter: boolean }} needs
 */
export const setUp = async (root, needs) => {
  if (ready(root, needs)) return
  await exclusively(root, async () => {
    if (!dependenciesReady(root)) await installDependencies(root)
    if (needs.adapter && !adapterRemembered(root)) await ensureAdapter(root)
  })
}

/**
 * @param {string} root
 * @param {{ readonly adapter: boolean }} needs
 */
const ready = (root, needs) => dependenciesReady(root) && (!needs.adapter || adapterRemembered(root))
