/** Size of a texture in texels of 16 bytes, and whether they hold packed f16. */
export interface TextureExtent {
  readonly packed: boolean
  readonly width: number
  readonly height: number
}

/** A texture with the value it holds, from the step that stages it to the last that reads it. */
export interface StagedTexture extends TextureExtent {
  readonly value: number
  readonly first: number
  readonly last: number
}

export interface TextureSlots {
  /** Slot of each texture, by position. */
  readonly slotOf: readonly number[]
  readonly slots: readonly TextureExtent[]
}

interface Slot extends TextureExtent {
  readonly held: StagedTexture[]
}

const isFree = (slot: Slot, texture: StagedTexture): boolean =>
  slot.packed === texture.packed &&
  slot.width >= texture.width &&
  slot.height >= texture.height &&
  slot.held.every((other) => other.last < texture.first || texture.last < other.first)

// A power-of-two pitch makes the rows of a tile fall on the same cache lines.
const padding = 4

/** Gives textures whose lifetimes do not overlap the same memory, largest first. */
export const assignTextureSlots = (textures: readonly StagedTexture[]): TextureSlots => {
  const slots: Slot[] = []
  const slotOf = new Array<number>(textures.length).fill(0)
  const area = ({ width, height }: TextureExtent): number => width * height
  const order = textures.map((_, i) => i).toSorted((a, b) => area(textures[b]!) - area(textures[a]!))
  for (const i of order) {
    const texture = textures[i]!
    const free = slots.findIndex((slot) => isFree(slot, texture))
    if (free < 0)
      slots.push({ packed: texture.packed, width: texture.width + padding, height: texture.height, held: [texture] })
    else slots[free]!.held.push(texture)
    slotOf[i] = free < 0 ? slots.length - 1 : free
  }
  return { slotOf, slots: slots.map(({ packed, width, height }) => ({ packed, width, height })) }
}

export const textureBytes = (slots: readonly TextureExtent[]): number =>
  slots.reduce((sum, { width, height }) => sum + width * height * 16, 0)
