/** Former names of the middle attention's projections, in checkpoints from before diffusers 0.15. */
const former: Readonly<Record<string, string>> = {
  query: "to_q",
  key: "to_k",
  value: "to_v",
  proj_attn: "to_out.0",
}

/**
 * The current name of a VAE parameter: `….attentions.0.query.weight` is `….attentions.0.to_q.weight`, and likewise for
 * key, value and proj_attn. Current names stay. Map a checkpoint's names by it before checking them.
 */
export const currentVaeName = (name: string): string =>
  name.replace(
    /(\.attentions\.\d+\.)(query|key|value|proj_attn)(?=\.)/,
    (_, path: string, part: string) => `${path}${former[part]}`,
  )
