/** A value that an experimenter may exchange: `title` names it in manifests. */
export interface Titled {
  readonly title?: string
}

/** Gives a function the name that manifests show. What a run is resumed under is compared by these names. */
export const titled = <Args extends readonly unknown[], Out>(
  title: string,
  value: (...args: Args) => Out,
): ((...args: Args) => Out) & { readonly title: string } => Object.assign((...args: Args) => value(...args), { title })

/** The name of a value for manifests: its title, else the name its function was defined under; empty where it has neither. */
export const titleOf = (value: Titled & { readonly name?: string }): string => value.title ?? value.name ?? ""
