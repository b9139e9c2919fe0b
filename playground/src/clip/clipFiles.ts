import { mergesIn, type ClipFiles } from "./loadClip.ts"

const named = (files: readonly File[], ending: string): File | undefined =>
  files.find(({ name }) => name.toLowerCase().endsWith(ending))

/** Whether weights are among files. */
export const holdsClip = (files: readonly File[]): boolean => named(files, ".safetensors") !== undefined

/** A CLIP's weights, configuration and vocabulary among the files of a folder; `merges` serves where the folder has none. */
export const clipFilesOf = async (files: readonly File[], merges: File | undefined): Promise<ClipFiles> => {
  const weights = named(files, ".safetensors")
  if (weights === undefined) throw new Error("no file of weights ends in .safetensors")
  const [config, vocabulary] = [named(files, "open_clip_config.json"), named(files, "merges.txt") ?? merges]
  return {
    name: weights.name,
    bytes: new Uint8Array(await weights.arrayBuffer()),
    ...(config === undefined ? {} : { config: JSON.parse(await config.text()) as unknown }),
    ...(vocabulary === undefined ? {} : { merges: mergesIn(await vocabulary.text()) }),
  }
}

const entriesIn = (folder: FileSystemDirectoryReader): Promise<readonly FileSystemEntry[]> =>
  new Promise((resolve, reject) => folder.readEntries(resolve, reject))

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject))

const filesIn = async (entry: FileSystemEntry): Promise<readonly File[]> => {
  if (entry.isFile) return [await fileOf(entry as FileSystemFileEntry)]
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: File[] = []
  // A reader gives a hundred at a time, and none at the end.
  for (let entries = await entriesIn(reader); entries.length > 0; entries = await entriesIn(reader))
    for (const each of entries.filter(({ isFile }) => isFile)) found.push(...(await filesIn(each)))
  return found
}

/** What was dropped: files, and those that lie in dropped folders. */
export const droppedFiles = async (dropped: DataTransfer): Promise<readonly File[]> => {
  // Entries are gone once the handler has returned: all are asked for before the first is read.
  const entries = [...dropped.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  return (await Promise.all(entries.map(filesIn))).flat()
}
