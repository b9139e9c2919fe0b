import { assert, it } from "@effect/vitest"
import { supportedFlavours } from "../../src/reference/caseModels.ts"
import { flavours, testFlavour } from "./flavourCase.ts"

it("cases of every flavour are all that the format names", () =>
  assert.sameMembers([...supportedFlavours], ["openai", ...Object.keys(flavours)]))

// One whose text joins all patches, by timm inside OpenCLIP; all others are long tests.
testFlavour("siglip6")
