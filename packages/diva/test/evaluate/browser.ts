import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { promisify } from "node:util"

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]

/** A Chromium of this machine; undefined where there is none. */
export const chromium: string | undefined = [process.env["CHROMIUM"], ...candidates].find(
  (file): file is string => file !== undefined && existsSync(file),
)

/** Milliseconds that a browser may take to start and to draw, beside whatever else the machine does. */
export const patience = 300_000

/** Runs a Chromium without a window. */
export const headless = async (...args: readonly string[]): Promise<string> => {
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=2000"]
  const options = { maxBuffer: 2 ** 26, timeout: patience }
  const { stdout } = await promisify(execFile)(chromium!, [...flags, ...args], options)
  return stdout
}
