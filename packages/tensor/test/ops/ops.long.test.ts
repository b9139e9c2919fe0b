import { testAgreement } from "./agreement.ts"
import { casesOf } from "./deviceCases.ts"

testAgreement((op) => casesOf(op))
