/** OpenAI's names, and those that transformers' CLIPModel gives the same tensors; ends of names are the same. */
const beginnings: readonly (readonly [openai: string, transformers: string])[] = [
  ["visual.transformer.resblocks.", "vision_model.encoder.layers."],
  ["visual.class_embedding", "vision_model.embeddings.class_embedding"],
  ["visual.positional_embedding", "vision_model.embeddings.position_embedding.weight"],
  ["visual.conv1.", "vision_model.embeddings.patch_embedding."],
  ["visual.ln_pre.", "vision_model.pre_layrnorm."],
  ["visual.ln_post.", "vision_model.post_layernorm."],
  ["visual.proj", "visual_projection.weight"],
  ["transformer.resblocks.", "text_model.encoder.layers."],
  ["token_embedding.", "text_model.embeddings.token_embedding."],
  ["positional_embedding", "text_model.embeddings.position_embedding.weight"],
  ["ln_final.", "text_model.final_layer_norm."],
  ["text_projection", "text_projection.weight"],
  ["logit_scale", "logit_scale"],
]

/** Parts of a block. */
const insides: readonly (readonly [openai: string, transformers: string])[] = [
  [".ln_1.", ".layer_norm1."],
  [".ln_2.", ".layer_norm2."],
  [".attn.out_proj.", ".self_attn.out_proj."],
  [".mlp.c_fc.", ".mlp.fc1."],
  [".mlp.c_proj.", ".mlp.fc2."],
]

/** How a tensor under one name is made of a tensor under another: as it is, turned, or one of three stacked maps. */
export interface NameRole {
  readonly name: string
  readonly role: "same" | "transposed" | 0 | 1 | 2
}

const turned: ReadonlySet<string> = new Set(["visual.proj", "text_projection"])
const maps = ["q", "k", "v"] as const

const renamed = (name: string, from: 0 | 1): string | undefined => {
  const beginning = beginnings.find((pair) => name.startsWith(pair[from]))
  if (beginning === undefined) return undefined
  const moved = beginning[1 - from]! + name.slice(beginning[from].length)
  const inside = insides.find((pair) => moved.includes(pair[from]))
  return inside === undefined ? moved : moved.replace(inside[from], inside[1 - from]!)
}

const stacked = (name: string): readonly NameRole[] | undefined => {
  const [, block, end] = /^(.*)\.attn\.in_proj_(weight|bias)$/.exec(name) ?? []
  const layer = block === undefined ? undefined : renamed(`${block}.`, 0)
  return layer === undefined
    ? undefined
    : maps.map((map, i) => ({ name: `${layer}self_attn.${map}_proj.${end}`, role: i as 0 | 1 | 2 }))
}

/** What transformers calls a tensor of an OpenAI CLIP: three names for stacked projections, none for what it has not. */
export const transformersNames = (openai: string): readonly NameRole[] => {
  const name = renamed(openai, 0)
  return (
    stacked(openai) ??
    (name === undefined ? [] : [{ name, role: turned.has(openai) ? ("transposed" as const) : ("same" as const) }])
  )
}

/** The tensor of an OpenAI CLIP that a tensor of transformers' CLIPModel is, or is part of; undefined for others. */
export const openaiName = (transformers: string): NameRole | undefined => {
  const [, layer, map, end] = /^(.*)\.self_attn\.([qkv])_proj\.(weight|bias)$/.exec(transformers) ?? []
  if (layer !== undefined) {
    const block = renamed(`${layer}.`, 1)
    const role = maps.findIndex((letter) => letter === map) as 0 | 1 | 2
    return block === undefined ? undefined : { name: `${block}attn.in_proj_${end}`, role }
  }
  const name = renamed(transformers, 1)
  return name === undefined ? undefined : { name, role: turned.has(name) ? "transposed" : "same" }
}
