import { otherSubjects } from "./matrixCases.ts"
import { testShuffledAttentionTexts } from "./shuffledAttentionTexts.ts"

testShuffledAttentionTexts(otherSubjects)
