import { testMatrixAttentionTexts } from "./matrixAttentionTexts.ts"
import { otherSubjects } from "./matrixCases.ts"

testMatrixAttentionTexts(otherSubjects)
