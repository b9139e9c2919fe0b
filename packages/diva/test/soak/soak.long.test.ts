import { testKills } from "./killedSoak.ts"

testKills(4, 12)
