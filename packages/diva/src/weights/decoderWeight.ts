/** Whether a weight of a VAE is of the half that decodes. */
export const isDecoderWeight = (name: string): boolean => /^(decoder|post_quant_conv)\./.test(name)
