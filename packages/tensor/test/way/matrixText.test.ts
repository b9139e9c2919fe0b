import { quickSubjects } from "./matrixCases.ts"
import { testMatrixTexts } from "./matrixTexts.ts"

testMatrixTexts(quickSubjects)
