/** A derivative along the direction, found by reverse mode and by central differences. */
export interface DerivativeReport {
  readonly order: 1 | 2
  readonly reverse: number
  readonly difference: number
  /** |reverse − difference| / max(|reverse|, |difference|). */
  readonly relativeError: number
  /** The relative error up to which the two count as equal: tolerance and rounding of the difference. */
  readonly allowed: number
  readonly pass: boolean
}

/** What `checkGradient` found, with what it was computed from. */
export interface GradientReport {
  readonly seed: number
  /** Numbers that were moved. */
  readonly elements: number
  /** Length of the step along the direction. */
  readonly step: number
  readonly value: number
  readonly derivatives: readonly DerivativeReport[]
  readonly pass: boolean
}

const figure = (value: number): string => value.toExponential(6)

const renderDerivative = ({ order, reverse, difference, relativeError, allowed, pass }: DerivativeReport): string =>
  [
    `  order ${order}  reverse ${figure(reverse)}  difference ${figure(difference)}`,
    `relative error ${relativeError.toExponential(1)}  allowed ${allowed.toExponential(1)}  ${pass ? "equal" : "DIFFERENT"}`,
  ].join("  ")

/** The report as text, a line per derivative. */
export const renderGradientReport = (report: GradientReport): string =>
  [
    `gradient ${report.pass ? "agrees" : "DISAGREES"} with finite differences`,
    `  ${report.elements} elements, seed ${report.seed}, step ${report.step.toExponential(1)}, value ${figure(report.value)}`,
    ...report.derivatives.map(renderDerivative),
  ].join("\n")
