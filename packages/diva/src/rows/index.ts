export { isRowName, priorNames, rowConfigs, rowNames, rowOf, type PriorName, type Row } from "./rows.ts"
