import { testDamaged } from "./fuzz.ts"

// Ten thousand of each are read in the long tests.
testDamaged(800)
