import { BadSample, type Sample, splitMemberName } from "./sample.ts"

/** Extensions of pictures, the likeliest first. */
const extensions = ["jpg", "jpeg", "png", "webp", "avif", "tif", "tiff", "gif"] as const

const expected = `.${extensions.join(", .")}`

/** Whether a member of a tar file is a picture, by its extension. */
export const isPicture = (extension: string): boolean => extensions.some((candidate) => candidate === extension)

/** Whether a file is a picture, by what its name ends in. */
export const isPictureName = (name: string): boolean => isPicture(name.split(".").at(-1)?.toLowerCase() ?? "")

/** Whether an extension merely ends in one of a picture: "001.jpg". */
export const endsInPicture = (extension: string): boolean => isPicture(extension.split(".").at(-1) ?? "")

/** The bytes of a sample's picture. */
export const pictureIn = ({ fields }: Sample): Uint8Array | undefined => {
  const extension = extensions.find((candidate) => fields.has(candidate))
  return extension === undefined ? undefined : fields.get(extension)
}

const shown = 4

/** Why a sample is of no use: which extensions it has, and which were expected. */
export const noPicture = (shard: string, { key, fields }: Sample): BadSample => {
  const found = [...fields.keys()]
  const names = found.slice(0, shown).map((extension) => `.${extension}`)
  const more = found.length > shown ? `, … (${found.length})` : ""
  return new BadSample({
    shard,
    key,
    rule: `it has no picture: found ${names.join(", ")}${more}, expected ${expected}`,
  })
}

/** What to say of shards in which no member is a picture, by one that is not. */
export const noPictures = (member: string): { readonly rule: string; readonly remedy: string } => {
  const { key, extension } = splitMemberName(member) ?? { key: member, extension: "" }
  const last = extension.split(".").at(-1) ?? ""
  return {
    rule: `no member is a picture: "${member}" has the key "${key}" and the extension ".${extension}"; expected ${expected}`,
    remedy: endsInPicture(extension)
      ? `a name's extension begins at its first dot: rename such members, e.g. to "${member.slice(0, -last.length - 1).replaceAll(".", "_")}.${last}"`
      : "samples are files of one name and different endings: 0001.jpg, and beside it 0001.txt if there is one",
  }
}
