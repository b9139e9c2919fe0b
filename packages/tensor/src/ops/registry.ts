import type { Op } from "../op/op.ts"
import { absOp } from "./abs.ts"
import { addOp } from "./add.ts"
import { attentionOp } from "./attentionForward.ts"
import { attentionKeysOp, attentionQueriesOp } from "./attentionGradient.ts"
import { bitAndOp } from "./bitAnd.ts"
import { bitOrOp } from "./bitOr.ts"
import { bitXorOp } from "./bitXor.ts"
import { castOp } from "./cast.ts"
import { ceilOp } from "./ceil.ts"
import { concatOp } from "./concat.ts"
import { contractOp } from "./contract.ts"
import { conv2dOp } from "./conv2d.ts"
import { conv2dInputOp } from "./conv2dInput.ts"
import { conv2dWeightOp } from "./conv2dWeight.ts"
import { cosOp } from "./cos.ts"
import { customPullbackOp } from "./customPullback.ts"
import { divOp } from "./div.ts"
import { equalOp } from "./equal.ts"
import { erfOp } from "./erf.ts"
import { expOp } from "./exp.ts"
import { expandOp } from "./expand.ts"
import { fillOp } from "./fill.ts"
import { flipOp } from "./flip.ts"
import { floorOp } from "./floor.ts"
import { greaterOp } from "./greater.ts"
import { greaterEqualOp } from "./greaterEqual.ts"
import { inputOp, constantOp } from "./input.ts"
import { iotaOp } from "./iota.ts"
import { isFiniteOp } from "./isFinite.ts"
import { isInfiniteOp } from "./isInfinite.ts"
import { isNaNOp } from "./isNaN.ts"
import { lessOp } from "./less.ts"
import { lessEqualOp } from "./lessEqual.ts"
import { logOp } from "./log.ts"
import { logicalAndOp } from "./logicalAnd.ts"
import { logicalNotOp } from "./logicalNot.ts"
import { logicalOrOp } from "./logicalOr.ts"
import { logisticOp } from "./logistic.ts"
import { maxOp } from "./max.ts"
import { maximumOp } from "./maximum.ts"
import { mergeOrderOp } from "./mergeOrder.ts"
import { minOp } from "./min.ts"
import { minimumOp } from "./minimum.ts"
import { mulOp } from "./mul.ts"
import { namedOp } from "./named.ts"
import { negOp } from "./neg.ts"
import { notEqualOp } from "./notEqual.ts"
import { padOp } from "./pad.ts"
import { peakOp } from "./peak.ts"
import { permuteOp } from "./permute.ts"
import { powerOp } from "./power.ts"
import { recomputeOp } from "./recompute.ts"
import { remainderOp } from "./remainder.ts"
import { reshapeOp } from "./reshape.ts"
import { roundOp } from "./round.ts"
import { rsqrtOp } from "./rsqrt.ts"
import { scatterAddOp } from "./scatterAdd.ts"
import { selectOp } from "./select.ts"
import { shiftLeftOp } from "./shiftLeft.ts"
import { shiftRightOp } from "./shiftRight.ts"
import { signOp } from "./sign.ts"
import { sinOp } from "./sin.ts"
import { sliceOp } from "./slice.ts"
import { sqrtOp } from "./sqrt.ts"
import { stopGradientOp } from "./stopGradient.ts"
import { subOp } from "./sub.ts"
import { sumOp } from "./sum.ts"
import { takeOp } from "./take.ts"
import { tanOp } from "./tan.ts"
import { tanhOp } from "./tanh.ts"
import { threefryOp } from "./threefry.ts"
import { variableOp } from "./variable.ts"

// Ops differ in the type of their attributes; readers of the list take attributes as plain records.
const all: readonly unknown[] = [
  absOp,
  addOp,
  attentionOp,
  attentionKeysOp,
  attentionQueriesOp,
  bitAndOp,
  bitOrOp,
  bitXorOp,
  castOp,
  ceilOp,
  concatOp,
  contractOp,
  conv2dOp,
  conv2dInputOp,
  conv2dWeightOp,
  cosOp,
  customPullbackOp,
  divOp,
  equalOp,
  erfOp,
  expOp,
  expandOp,
  fillOp,
  flipOp,
  floorOp,
  greaterOp,
  greaterEqualOp,
  inputOp,
  constantOp,
  iotaOp,
  isFiniteOp,
  isInfiniteOp,
  isNaNOp,
  lessOp,
  lessEqualOp,
  logOp,
  logicalAndOp,
  logicalNotOp,
  logicalOrOp,
  logisticOp,
  maxOp,
  maximumOp,
  mergeOrderOp,
  minOp,
  minimumOp,
  mulOp,
  namedOp,
  negOp,
  notEqualOp,
  padOp,
  peakOp,
  permuteOp,
  powerOp,
  recomputeOp,
  remainderOp,
  reshapeOp,
  roundOp,
  rsqrtOp,
  scatterAddOp,
  selectOp,
  shiftLeftOp,
  shiftRightOp,
  signOp,
  sinOp,
  sliceOp,
  sqrtOp,
  stopGradientOp,
  subOp,
  sumOp,
  takeOp,
  tanOp,
  tanhOp,
  threefryOp,
  variableOp,
]

/** Every op there is: what the generated tests and the documentation table walk. */
export const ops = all as readonly Op[]
