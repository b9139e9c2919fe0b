import { testTogether } from "./sharedLaunches.ts"

// Each case is compiled alone and with the others, by tiles that compile for a second: more of them are a long test.
testTogether(1)
