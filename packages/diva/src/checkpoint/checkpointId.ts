const digits = 8

/** Folder name of the state after `update` updates; names sort as their numbers do. */
export const checkpointId = (update: number): string => `update-${String(update).padStart(digits, "0")}`

/** The number of updates a folder name stands for; undefined for other names. */
export const updateOf = (id: string): number | undefined => {
  const match = /^update-(\d{8,})$/.exec(id)
  return match === null ? undefined : Number(match[1])
}
