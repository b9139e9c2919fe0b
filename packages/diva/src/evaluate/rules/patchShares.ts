import { hostFoldIn, hostKey, hostRandomBits } from "@diva/tensor/random"

/** Shares of the patches at `places` among all of them: what a mean over a draw with replacement weighs each patch by. */
export const sharesOf = (places: ArrayLike<number>, patches: number): Float32Array<ArrayBuffer> => {
  const shares = new Float32Array(patches)
  for (let i = 0; i < places.length; i++) shares[places[i]!]! += 1
  return shares.map((count) => count / places.length)
}

/**
 * `drawn` patches of an image with replacement, as shares; a pure function of (seed, image, draw). The image is known by its
 * place among those that are scored, not by its content: the original draws again for each, so that two files of the same
 * bytes see patches of their own. Draws are numbered: the original also draws again for each text it compares an image with,
 * so one run over a pair uses two.
 */
export const drawShares = (
  seed: number,
  image: number,
  draw: number,
  { drawn, patches }: { readonly drawn: number; readonly patches: number },
): Float32Array<ArrayBuffer> => {
  const key = hostFoldIn(hostFoldIn(hostKey(seed), image), draw)
  const places = Array.from({ length: drawn }, (_, i) => Math.floor((hostRandomBits(key, i) / 2 ** 32) * patches))
  return sharesOf(places, patches)
}
