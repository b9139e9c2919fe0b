import { benchmark } from "../../../scripts/bench/benchmark.ts"
import type { Subject } from "../../../scripts/bench/subject.ts"

const subjects: readonly Subject[] = [{ name: "microStep", sizes: { batch: 2 } }]

await benchmark({ subjects, tiny: subjects, worker: new URL("worker.ts", import.meta.url) })
