/** Lines of the summary from what parts print as data. Fields that are missing leave their line out. */

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : [])

const rate = (perSecond: unknown, unit: string): string =>
  typeof perSecond === "number" ? `${Number((perSecond / 1e12).toPrecision(3))} T${unit}` : "unknown"

const milliseconds = (seconds: unknown): string =>
  typeof seconds === "number" ? `${Number((1000 * seconds).toPrecision(4))} ms` : "unknown"

/** Adapter, verdict, features and ceilings. */
export const doctorLines = (data: Fields): readonly string[] => {
  const { adapter, verdict, speed } = data as { adapter?: Fields; verdict?: string; speed?: Fields }
  return [
    `${String(adapter?.["vendor"] ?? "")} ${String(adapter?.["architecture"] ?? "")} ${String(adapter?.["device"] ?? "")}, driver ${String(adapter?.["description"] ?? "unknown")}`,
    `verdict: ${verdict ?? "unknown"}`,
    ...listOf(data["features"]).map(({ feature, state, found }) => `${feature}: ${state}${found ? `, ${found}` : ""}`),
    ...(speed === undefined
      ? []
      : [
          `ceilings: ${rate(speed["fmaFlopsPerSecond"], "FLOP/s")} f32 multiply-add, ${rate(speed["copyBytesPerSecond"], "B/s")} copied`,
          ...listOf(speed["matrices"]).map(({ shape, flopsPerSecond }) => {
            const { m, n, k, operands, sums } = shape as Fields
            return `ceiling of matrices ${m}×${n}×${k} ${operands} → ${sums}: ${rate(flopsPerSecond, "FLOP/s")}`
          }),
        ]),
  ]
}

/** Counts of a test run, and what failed. */
export const testLines = (data: Fields): readonly string[] => {
  const failed = listOf(data["testResults"]).flatMap(({ assertionResults, name }) =>
    listOf(assertionResults)
      .filter(({ status }) => status === "failed")
      .map(({ fullName }) => `FAILED ${String(name).split("/packages/").at(-1)}: ${fullName}`),
  )
  return [
    `${data["numPassedTests"]} passed, ${data["numFailedTests"]} failed, ${data["numPendingTests"]} skipped`,
    ...failed.slice(0, 40),
  ]
}

/** One line a case. */
export const verifyLines = (data: Fields): readonly string[] =>
  listOf(data["cases"]).map(({ name, status, seconds }) => `${name}: ${status} (${milliseconds(seconds)})`)

/** One line a precision and batch. */
export const stepLines = (data: Fields): readonly string[] =>
  listOf(data["steps"]).flatMap((step) => {
    const what = `${step["precision"]}, batch ${step["batch"]}`
    if (step["why"] !== undefined) return [`${what}: ${String(step["why"]).split("\n")[0]}`]
    const families = listOf(step["families"])
      .map(({ family, seconds }) => `${family} ${milliseconds(seconds)}`)
      .join(", ")
    return [
      `${what}: ${milliseconds(step["seconds"])} a micro-step, ${milliseconds(step["secondsAnImage"])} an image; ${step["dispatches"]} dispatches of ${milliseconds(step["dispatchSeconds"])}, submitting ${milliseconds(step["submitSeconds"])}, compiling ${milliseconds(step["compileSeconds"])}`,
      `  ${families}`,
    ]
  })

/** One line a kernel: its rate, and how that is to a prototype's. */
export const kernelLines = (data: Fields): readonly string[] =>
  listOf(data["kernels"]).map(({ subject, shape, precision, seconds, flops, prototype, why }) => {
    const what = `${subject} ${shape}, ${precision}`
    if (typeof seconds !== "number" || typeof flops !== "number" || seconds <= 0) return `${what}: ${why ?? "no time"}`
    const reached = flops / seconds
    const beside =
      typeof prototype === "number" ? `, ${Math.round(reached / prototype / 1e10)} % of a prototype's ${prototype}` : ""
    return `${what}: ${milliseconds(seconds)}, ${rate(reached, "FLOP/s")}${beside}`
  })

/** The benchmark's lines: subject and library with their median. */
export const benchLines = (data: Fields): readonly string[] =>
  listOf(data["subjects"]).map(({ subject, shape, by, median, why, ofFma, ofCopy }) => {
    if (typeof median !== "number") return `${subject} ${shape}, ${by}: ${why ?? "no time"}`
    const shares = [ofFma, ofCopy].map((share) => `${Math.round(100 * Number(share))} %`)
    return `${subject} ${shape}, ${by}: ${milliseconds(median / 1000)}, ${shares[0]} of multiply-add, ${shares[1]} of copy`
  })

interface Training {
  readonly batch: number | null
  readonly updates?: readonly number[]
  readonly secondsPerUpdate?: number
  readonly losses?: readonly number[]
  readonly utilisation?: number | null
}

/** Updates, and the adapter's share of their time: what the profiled step took against what an update does. */
export const trainingLines = (data: Fields, earlier: ReadonlyMap<string, unknown>): readonly string[] => {
  const { batch, secondsPerUpdate, losses = [], utilisation } = data as unknown as Training
  const steps = listOf((earlier.get("steps") as Fields | undefined)?.["steps"])
  const same = steps.find((step) => step["batch"] === batch && step["precision"] === data["precision"])
  const busy = same?.["dispatchSeconds"]
  return [
    `${batch === null ? "" : `batch ${batch}: `}${milliseconds(secondsPerUpdate)} an update, losses ${losses.map((loss) => loss.toFixed(4)).join(" ")}`,
    ...(typeof busy === "number" && typeof secondsPerUpdate === "number"
      ? [
          `the adapter computes ${Math.round((100 * busy) / secondsPerUpdate)} % of that time (${milliseconds(busy)} of dispatches)`,
        ]
      : []),
    ...(typeof utilisation === "number" ? [`nvidia-smi saw it busy ${Math.round(utilisation)} % of the time`] : []),
  ]
}

/** One line a subject of PyTorch's. */
export const pytorchLines = (data: Fields): readonly string[] =>
  listOf(data["subjects"]).map((line) => {
    const figures = typeof line["ms"] === "number" ? `${Number(line["ms"].toPrecision(4))} ms` : String(line["why"])
    const image =
      typeof line["msAnImage"] === "number" ? `, ${Number(line["msAnImage"].toPrecision(4))} ms an image` : ""
    return `${line["subject"]}, ${line["mode"]}: ${figures}${image}`
  })
