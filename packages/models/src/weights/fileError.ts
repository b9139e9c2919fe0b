/** Why a file could not be read or written. Plain data: `rule` says what did not hold, `remedy` what to do about it. */
export type FileError =
  | { readonly _tag: "FileUnreadable"; readonly file: string; readonly rule: string; readonly remedy: string }
  | { readonly _tag: "FileUnwritable"; readonly file: string; readonly rule: string; readonly remedy: string }
  | { readonly _tag: "StorageFull"; readonly file: string; readonly rule: string; readonly remedy: string }

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : ""

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const readRemedies: Readonly<Record<string, string>> = {
  ENOENT: "check the path; nothing exists there",
  EACCES: "give this user permission to read it",
  EPERM: "give this user permission to read it",
  EISDIR: "name a file inside this folder",
  ENOTDIR: "a part of the path is a file where a folder is needed; correct the path",
  EMFILE: "close files or raise the open-file limit (ulimit -n)",
}

const writeRemedies: Readonly<Record<string, string>> = {
  ENOENT: "create the folder first",
  EACCES: "give this user permission to write there",
  EPERM: "give this user permission to write there",
  EROFS: "choose a folder on a writable file system",
  EISDIR: "choose another name; a folder of this name exists",
  ENOTDIR: "a part of the path is a file where a folder is needed; choose another path",
}

/** What the operating system says when there is no room: no space, quota used up, or the file-size limit. */
const fullCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"])

/** The error of a failed read of `file`. */
export const readFailure = (file: string, cause: unknown): FileError => ({
  _tag: "FileUnreadable",
  file,
  rule: textOf(cause),
  remedy: readRemedies[codeOf(cause)] ?? "check the disk and the path, then try again",
})

/** The error of a failed write of `file`: `StorageFull` when there is no room, else `FileUnwritable`. */
export const writeFailure = (file: string, cause: unknown): FileError =>
  fullCodes.has(codeOf(cause))
    ? {
        _tag: "StorageFull",
        file,
        rule: `no room to write it (${codeOf(cause)}); whatever was at this path before is unchanged`,
        remedy: "free space, raise the quota, or choose a folder on another disk",
      }
    : {
        _tag: "FileUnwritable",
        file,
        rule: textOf(cause),
        remedy: writeRemedies[codeOf(cause)] ?? "check the disk and the path, then try again",
      }
