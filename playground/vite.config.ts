import { fileURLToPath } from "node:url"
import { defineConfig } from "vite"
import { declarations } from "./declarations.ts"

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Modules that programs import by their names: they keep their exports, and their files have names that an import map can give. */
const modules = {
  tensor: here("src/modules/tensor.ts"),
  plot: here("src/modules/plot.ts"),
  profile: here("src/modules/profile.ts"),
  random: here("src/modules/random.ts"),
  tune: here("src/modules/tune.ts"),
  shaped: here("src/modules/shaped.ts"),
  autograd: here("src/modules/autograd.ts"),
}

export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [declarations(here(".."))],
  build: {
    outDir: here("dist"),
    emptyOutDir: true,
    target: "es2023",
    // The editor alone is larger than the limit that this warning thinks of.
    chunkSizeWarningLimit: 10_000,
    rollupOptions: {
      preserveEntrySignatures: "exports-only",
      input: { index: here("index.html"), clip: here("clip.html"), ...modules },
      output: {
        entryFileNames: ({ name }) => (name in modules ? "modules/[name].js" : "assets/[name]-[hash].js"),
        // In one file: where a program called the library is found by leaving out the frames of the library's own file.
        manualChunks: (id) => (/packages[\\/]tensor[\\/]src[\\/]/.test(id) ? "library" : undefined),
      },
    },
  },
  resolve: { dedupe: ["fp-ts"], alias: { sharp: here("src/noSharp.ts") } },
})
