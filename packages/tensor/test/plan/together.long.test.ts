import { testTogether } from "./sharedLaunches.ts"

testTogether(2)
