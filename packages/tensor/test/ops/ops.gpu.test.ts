import { testAgreement } from "./agreement.ts"
import { quickCasesOf } from "./deviceCases.ts"

testAgreement(quickCasesOf)
