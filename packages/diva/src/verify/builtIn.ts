import { fileURLToPath } from "node:url"

/** The cases that come with the program: small models of every kind of layer, with gradients, and the schedules. */
export const builtInCases: string = fileURLToPath(new URL("../../golden", import.meta.url))
