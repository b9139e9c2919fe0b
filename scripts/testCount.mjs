import { existsSync, readFileSync } from "node:fs"

/** @typedef {{ readonly status: string, readonly assertionResults: readonly { readonly status: string }[] }} FileResult */
/** @typedef {{ readonly passed: number, readonly failed: number, readonly skipped: number }} Count */

/**
 * Counts tests in vitest's JSON report. A file that fails without a failing test (it does not load, or its hooks
 * throw) counts as one failure; so does a run that ends badly although all its tests passed.
 * @param {readonly FileResult[]} files
 * @param {number} exitCode
 * @returns {Count}
 */
export const countTests = (files, exitCode) => {
  const statuses = files.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status))
  const count = (/** @type {string} */ wanted) => statuses.filter((status) => status === wanted).length
  const failed = count("failed") + files.filter(failedAlone).length
  const passed = count("passed")
  return {
    passed,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: statuses.length - passed - count("failed"),
  }
}

/** @param {FileResult} file */
const failedAlone = ({ status, assertionResults }) =>
  status === "failed" && assertionResults.every((each) => each.status !== "failed")

/**
 * @param {string} reportFile vitest's JSON report; missing when the run died
 * @param {number} exitCode
 */
export const countReport = (reportFile, exitCode) =>
  countTests(existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, "utf8")).testResults : [], exitCode)

/** @param {Count} count */
export const countLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`
