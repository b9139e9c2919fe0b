import { flavours, testFlavour, type Flavour } from "./flavourCase.ts"

for (const flavour of Object.keys(flavours) as Flavour[]) testFlavour(flavour)
