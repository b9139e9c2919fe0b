import { testMatrixAttentionTexts } from "./matrixAttentionTexts.ts"
import { quickSubjects } from "./matrixCases.ts"

testMatrixAttentionTexts(quickSubjects)
