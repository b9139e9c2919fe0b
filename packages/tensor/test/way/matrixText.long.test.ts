import { otherSubjects } from "./matrixCases.ts"
import { testMatrixTexts } from "./matrixTexts.ts"

testMatrixTexts(otherSubjects)
