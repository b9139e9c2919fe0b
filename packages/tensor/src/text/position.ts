/** A position for a narrow column: `name (folder/file:line:column)` without the folders above. */
export const shortPosition = (at: string): string => at.replace(/[^\s()]*[\\/]([^\s()\\/]+[\\/][^\s()\\/]+)/, "$1")
