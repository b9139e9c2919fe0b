/** A number of things: `1 shard`, `2 shards`, `1,200 batches`. `many` where the plural is not the noun with an s. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`

/** The word that agrees with a number of things: `agreeing(missing, "is", "are")`. */
export const agreeing = (count: number, one: string, many: string): string => (count === 1 ? one : many)
