import { testOnDevice } from "./support/goldenOnDevice.ts"
import { goldenPrograms } from "./support/goldenPrograms.ts"

testOnDevice(Object.keys(goldenPrograms))
