/** Why a model could not be described. Plain data: `rule` says what did not hold, `remedy` what to do about it. */
export type ModelErrorDetail =
  | {
      readonly _tag: "ConfigInvalid"
      /** Which model's configuration, "SD UNet". */
      readonly model: string
      readonly field: string
      readonly rule: string
      readonly remedy: string
    }
  | {
      readonly _tag: "ParameterMissing"
      readonly name: string
      readonly nearest?: string
      readonly rule: string
      readonly remedy: string
    }

/** A `ModelErrorDetail` that can be thrown: its message is the rendered text. */
export type ModelError = Error & ModelErrorDetail

const subject = (detail: ModelErrorDetail): string =>
  detail._tag === "ConfigInvalid" ? `configuration of ${detail.model}, field "${detail.field}"` : detail.name

/** The text of an error: what, where, and what to try. */
export const renderModelError = (detail: ModelErrorDetail): string =>
  `${detail._tag} in ${subject(detail)}: ${detail.rule}\n  try  ${detail.remedy}`

/** Makes a throwable error of a detail. */
export const modelError = (detail: ModelErrorDetail): ModelError => {
  const error = new Error(renderModelError(detail))
  error.name = detail._tag
  return Object.assign(error, detail)
}

/** Throws a detail as an error: how a model reports a mistake where it is called. */
export const raiseModelError = (detail: ModelErrorDetail): never => {
  throw modelError(detail)
}

export const isModelError = (value: unknown): value is ModelError =>
  value instanceof Error && "_tag" in value && (value._tag === "ConfigInvalid" || value._tag === "ParameterMissing")
