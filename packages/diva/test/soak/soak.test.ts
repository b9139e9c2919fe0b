import { testKills } from "./killedSoak.ts"

testKills(1, 6)
