/**
 * A setup step that cannot go on, with what the user can do about it.
 * A class only because `throw` needs a stack; it carries data, no behaviour.
 */
export class SetupFailure extends Error {
  /**
   * @param {string} problem what went wrong, one line
   * @param {string} remedy the exact commands or steps that repair it
   * @param {string} [detail] captured output worth showing
   */
  constructor(problem, remedy, detail = "") {
    super(problem)
    this.name = "SetupFailure"
    this.remedy = remedy
    this.detail = detail
  }
}

/** @param {SetupFailure} failure */
export const renderFailure = ({ message, remedy, detail }) =>
  ["", `stopped: ${message}`, ...(detail === "" ? [] : ["", indent(detail)]), "", indent(remedy), ""].join("\n")

/** @param {string} text */
const indent = (text) => text.replace(/^(?=.)/gm, "  ")
