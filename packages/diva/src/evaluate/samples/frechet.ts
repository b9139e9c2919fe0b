/** Mean and covariance of vectors, in f64. */
interface Gaussian {
  readonly mean: Float64Array
  /** Row by row. */
  readonly covariance: Float64Array
}

const gaussianOf = (vectors: readonly ArrayLike<number>[]): Gaussian => {
  const [count, width] = [vectors.length, vectors[0]!.length]
  const mean = new Float64Array(width)
  for (const vector of vectors) for (let i = 0; i < width; i++) mean[i]! += vector[i]! / count
  const covariance = new Float64Array(width * width)
  for (const vector of vectors)
    for (let i = 0; i < width; i++) {
      const d = (vector[i]! - mean[i]!) / Math.max(1, count - 1)
      for (let j = 0; j < width; j++) covariance[i * width + j]! += d * (vector[j]! - mean[j]!)
    }
  return { mean, covariance }
}

/** One of Jacobi's rotations: afterwards entry (p, q) is zero. */
const rotate = (a: Float64Array, v: Float64Array, n: number, p: number, q: number): void => {
  const apq = a[p * n + q]!
  if (apq === 0) return
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq)
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let k = 0; k < n; k++) {
    const [kp, kq] = [a[k * n + p]!, a[k * n + q]!]
    a[k * n + p] = c * kp - s * kq
    a[k * n + q] = s * kp + c * kq
  }
  for (let k = 0; k < n; k++) {
    const [pk, qk] = [a[p * n + k]!, a[q * n + k]!]
    a[p * n + k] = c * pk - s * qk
    a[q * n + k] = s * pk + c * qk
    const [vp, vq] = [v[k * n + p]!, v[k * n + q]!]
    v[k * n + p] = c * vp - s * vq
    v[k * n + q] = s * vp + c * vq
  }
}

const offDiagonal = (a: Float64Array, n: number): number => {
  let sum = 0
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i !== j) sum += a[i * n + j]! ** 2
  return sum
}

const identity = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0))

const mostSweeps = 30

/** Eigenvalues and eigenvectors (columns) of a symmetric matrix, by Jacobi's method. */
const eigen = (matrix: Float64Array, n: number) => {
  const [values, vectors] = [matrix.slice(), identity(n)]
  const small = 1e-24 * matrix.reduce((sum, x) => sum + x * x, 0)
  for (let sweep = 0; sweep < mostSweeps && offDiagonal(values, n) > small; sweep++)
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(values, vectors, n, p, q)
  return { values: Float64Array.from({ length: n }, (_, i) => values[i * (n + 1)]!), vectors }
}

const product = (a: Float64Array, b: Float64Array, n: number): Float64Array => {
  const out = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const x = a[i * n + k]!
      for (let j = 0; j < n; j++) out[i * n + j]! += x * b[k * n + j]!
    }
  return out
}

const squareRoot = (matrix: Float64Array, n: number): Float64Array => {
  const { values, vectors } = eigen(matrix, n)
  const scaled = vectors.map((x, at) => x * Math.sqrt(Math.max(0, values[at % n]!)))
  const transposed = Float64Array.from(vectors, (_, at) => vectors[(at % n) * n + Math.floor(at / n)]!)
  return product(scaled, transposed, n)
}

const trace = (matrix: Float64Array, n: number): number => {
  let sum = 0
  for (let i = 0; i < n; i++) sum += matrix[i * (n + 1)]!
  return sum
}

/**
 * Fréchet distance of two sets of vectors taken as Gaussians: ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2·(Σ₁^½ Σ₂ Σ₁^½)^½).
 * Few vectors make it larger: compare only equal numbers. Source: Heusel et al., arXiv 1706.08500.
 */
export const frechetDistance = (first: readonly ArrayLike<number>[], second: readonly ArrayLike<number>[]): number => {
  const n = first[0]!.length
  const [a, b] = [gaussianOf(first), gaussianOf(second)]
  const root = squareRoot(a.covariance, n)
  const inner = product(product(root, b.covariance, n), root, n)
  const symmetric = inner.map((x, at) => (x + inner[(at % n) * n + Math.floor(at / n)]!) / 2)
  const between = eigen(symmetric, n).values.reduce((sum, x) => sum + Math.sqrt(Math.max(0, x)), 0)
  const means = a.mean.reduce((sum, x, i) => sum + (x - b.mean[i]!) ** 2, 0)
  return Math.max(0, means + trace(a.covariance, n) + trace(b.covariance, n) - 2 * between)
}
