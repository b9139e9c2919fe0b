import { testDamaged } from "./fuzz.ts"

testDamaged(10_000)
