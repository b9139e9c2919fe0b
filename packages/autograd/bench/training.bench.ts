import { benchmark } from "../../../scripts/bench/benchmark.ts"
import { subjects, tinySubjects } from "./subjects.ts"

await benchmark({ subjects, tiny: tinySubjects, worker: new URL("worker.ts", import.meta.url) })
