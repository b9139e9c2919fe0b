import { installedVersion } from "@diva/diva"

/** The version that all packages of the project share. */
export const version: string = installedVersion("@diva/diva")
