/** Why bytes did not become a picture. `name` is the file or sample key the caller gave; `rule` says what did not hold. */
export type ImageError =
  | { readonly _tag: "ImageFormatUnknown"; readonly name: string; readonly rule: string; readonly remedy: string }
  | { readonly _tag: "ImageUndecodable"; readonly name: string; readonly rule: string; readonly remedy: string }

/** The text of an error: what, in which picture, and what to try. */
export const renderImageError = ({ _tag, name, rule, remedy }: ImageError): string =>
  `${_tag} in ${name}: ${rule}\n  try  ${remedy}`
