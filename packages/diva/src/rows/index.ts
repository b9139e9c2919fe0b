export {
  configsOf,
  isRowName,
  priorNames,
  priors,
  rowConfigs,
  rowNames,
  rowOf,
  rows,
  type Prior,
  type PriorName,
  type Row,
  type RowIdentity,
} from "./rows.ts"
