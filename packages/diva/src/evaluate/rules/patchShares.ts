import { hostFoldIn, hostKey, hostRandomBits, type HostKey } from "@diva/tensor"

/** Shares of the patches at `places` among all of them: what a mean over a draw with replacement weighs each patch by. */
export const sharesOf = (places: ArrayLike<number>, patches: number): Float32Array<ArrayBuffer> => {
  const shares = new Float32Array(patches)
  for (let i = 0; i < places.length; i++) shares[places[i]!]! += 1
  return shares.map((count) => count / places.length)
}

/** The key of an image's draws: its content decides, not its place, so that its features can be kept and found again. */
const imageKey = (seed: number, sha256: string): HostKey =>
  [0, 8, 16, 24].reduce((key, at) => hostFoldIn(key, Number.parseInt(sha256.slice(at, at + 8), 16)), hostKey(seed))

/**
 * `drawn` patches of an image with replacement, as shares; a pure function of (seed, image, draw). Draws are numbered: the
 * original draws anew for each text it compares an image with, so one run over a pair uses two.
 */
export const drawShares = (
  seed: number,
  sha256: string,
  draw: number,
  { drawn, patches }: { readonly drawn: number; readonly patches: number },
): Float32Array<ArrayBuffer> => {
  const key = hostFoldIn(imageKey(seed, sha256), draw)
  const places = Array.from({ length: drawn }, (_, i) => Math.floor((hostRandomBits(key, i) / 2 ** 32) * patches))
  return sharesOf(places, patches)
}
