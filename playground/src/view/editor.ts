import * as monaco from "monaco-editor"
import editorWorker from "monaco-editor/editor/editor.worker.js?worker&url"
import typescriptWorker from "monaco-editor/language/typescript/ts.worker.js?worker&url"
import declarations from "virtual:declarations"
import type { Place, Script } from "../program/runProgram.ts"

const { typescriptDefaults, getTypeScriptWorker, ScriptTarget, ModuleKind } = monaco.typescript

const setUp = (): void => {
  self.MonacoEnvironment = {
    getWorker: (_, label) => new Worker(label === "typescript" ? typescriptWorker : editorWorker, { type: "module" }),
  }
  for (const [path, text] of Object.entries(declarations)) typescriptDefaults.addExtraLib(text, `file:///${path}`)
  const entry = (path: string) => [`packages/${path}/index.d.ts`]
  typescriptDefaults.setCompilerOptions({
    target: ScriptTarget.ESNext,
    module: ModuleKind.ESNext,
    moduleResolution: monaco.typescript.ModuleResolutionKind.NodeJs,
    lib: ["esnext", "dom"],
    strict: true,
    sourceMap: true,
    allowNonTsExtensions: true,
    baseUrl: "file:///",
    paths: {
      "@diva/tensor": entry("tensor/src"),
      "@diva/tensor/plot": entry("tensor/src/plot"),
      "@diva/tensor/profile": entry("tensor/src/profile"),
      "@diva/tensor/random": entry("tensor/src/key"),
      "@diva/tensor/tune": entry("tensor/src/tune"),
      "@diva/tensor/shaped": entry("tensor/src/shaped"),
      "@diva/autograd": entry("autograd/src"),
    },
  })
}

export interface Editor {
  readonly write: (source: string) => void
  readonly read: () => string
  readonly compile: () => Promise<Script>
  /** Errors that types show, and those of the last run. */
  readonly mark: (message: string, place: Place) => void
  readonly unmark: () => void
}

/** A TypeScript editor that knows the packages' types. `run` is called by Ctrl+Enter. */
export const openEditor = (container: HTMLElement, run: () => void): Editor => {
  setUp()
  const model = monaco.editor.createModel("", "typescript", monaco.Uri.parse("file:///program.ts"))
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches
  const editor = monaco.editor.create(container, {
    model,
    automaticLayout: true,
    minimap: { enabled: false },
    scrollBeyondLastLine: false,
    fontSize: 13,
    theme: isDark ? "vs-dark" : "vs",
  })
  editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, run)
  return {
    write: (source) => model.setValue(source),
    read: () => model.getValue(),
    compile: async () => {
      const worker = await (await getTypeScriptWorker())(model.uri)
      const { outputFiles } = await worker.getEmitOutput(model.uri.toString())
      const text = (ending: string): string => outputFiles.find(({ name }) => name.endsWith(ending))?.text ?? ""
      return { code: text(".js"), map: text(".js.map") }
    },
    mark: (message, { line, column }) => {
      const end = model.getLineMaxColumn(Math.min(line, model.getLineCount()))
      const range = { startLineNumber: line, startColumn: column, endLineNumber: line, endColumn: end }
      monaco.editor.setModelMarkers(model, "run", [{ ...range, message, severity: monaco.MarkerSeverity.Error }])
      editor.revealLineInCenterIfOutsideViewport(line)
    },
    unmark: () => monaco.editor.setModelMarkers(model, "run", []),
  }
}
