// Draws docs/images/demo.png from a run on random weights:  npm run diva -- start, then  node docs/make/demo.ts [runs/demo]
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readMetrics, runFiles, tarFileEntries, type MetricsLine } from "@diva/diva"
import { Effect, Stream } from "effect"
import sharp from "sharp"

const folder = process.argv[2] ?? "runs/demo"
const [columns, rows, cell, gap] = [5, 4, 72, 6]
const [width, height] = [960, 400]
const plot = { left: 70, top: 62, width: 430, height: 270 }

const newest = (pattern: RegExp): string => {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => pattern.test(name)) : []
  const name = names.toSorted().at(-1)
  if (name === undefined) throw new Error(`${folder} holds no demo: run npm start first`)
  return join(folder, name)
}

const meanLoss = ({ losses }: MetricsLine): number => losses.reduce((sum, loss) => sum + loss, 0) / losses.length

const curve = (metrics: readonly MetricsLine[]): string => {
  const losses = metrics.map(meanLoss)
  const low = Math.floor(Math.min(...losses) * 10) / 10
  const high = Math.ceil(Math.max(...losses) * 10) / 10
  const x = (i: number): number => plot.left + (plot.width * i) / Math.max(1, losses.length - 1)
  const y = (loss: number): number => plot.top + plot.height * (1 - (loss - low) / (high - low))
  const ticks = Array.from({ length: 5 }, (_, i) => low + ((high - low) * i) / 4)
  const points = losses.map((loss, i) => `${x(i).toFixed(1)},${y(loss).toFixed(1)}`).join(" ")
  return `
    ${ticks.map((tick) => `<line x1="${plot.left}" x2="${plot.left + plot.width}" y1="${y(tick)}" y2="${y(tick)}" stroke="#e2e8f0"/><text x="${plot.left - 10}" y="${y(tick) + 4}" text-anchor="end" fill="#64748b">${tick.toFixed(2)}</text>`).join("")}
    <polyline points="${points}" fill="none" stroke="#2563eb" stroke-width="2.5" stroke-linejoin="round"/>
    ${losses.map((loss, i) => `<circle cx="${x(i).toFixed(1)}" cy="${y(loss).toFixed(1)}" r="2.6" fill="#2563eb"/>`).join("")}
    <text x="${plot.left}" y="${plot.top + plot.height + 24}" fill="#64748b">update 1</text>
    <text x="${plot.left + plot.width}" y="${plot.top + plot.height + 24}" text-anchor="end" fill="#64748b">${losses.length}</text>`
}

const page = (metrics: readonly MetricsLine[]): string => `
  <svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans, sans-serif" font-size="13">
    <rect width="${width}" height="${height}" rx="14" fill="#ffffff"/>
    <text x="${plot.left}" y="36" font-size="16" font-weight="bold" fill="#0f172a">Noise-prediction loss, mean of both draws</text>
    <text x="556" y="36" font-size="16" font-weight="bold" fill="#0f172a">Scenes it trains on</text>
    ${curve(metrics)}
    <text x="${plot.left}" y="${height - 16}" fill="#64748b">npm start: seed 42, 10 images an update, models of random weights</text>
  </svg>`

const pictures = (shard: string) =>
  tarFileEntries(shard).pipe(
    Stream.filter(({ name }) => name.endsWith(".jpg")),
    Stream.take(columns * rows),
    Stream.runCollect,
  )

const place = (i: number) => ({
  left: 556 + (i % columns) * (cell + gap),
  top: 62 + Math.floor(i / columns) * (cell + gap),
})

const draw = Effect.gen(function* () {
  const run = newest(/^run-/)
  const metrics = yield* readMetrics(runFiles(run).metrics)
  const shard = newest(/^scenes-.*\.tar$/)
  const found = yield* pictures(shard)
  const bytes = readFileSync(shard)
  yield* Effect.promise(async () => {
    const tiles = await Promise.all(
      found.map(({ data, size }) =>
        sharp(bytes.subarray(data, data + size))
          .resize(cell, cell)
          .toBuffer(),
      ),
    )
    const overlays = tiles.map((input, i) => ({ input, ...place(i) }))
    const target = fileURLToPath(new URL("../images/demo.png", import.meta.url))
    await sharp(Buffer.from(page(metrics)))
      .composite(overlays)
      .png({ palette: true })
      .toFile(target)
  })
})

await Effect.runPromise(draw)
