import { profile, showPlan, showProfile } from "@diva/tensor"
import { examples } from "./program/examples.ts"
import { runProgram, withPlaces, type Script } from "./program/runProgram.ts"
import { compiledPrograms, forget, type Watched } from "./program/watchedDevice.ts"
import { openEditor } from "./view/editor.ts"
import { openTabs } from "./view/tabs.ts"

const element = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E
const [select, button, state] = [
  element<HTMLSelectElement>("examples"),
  element<HTMLButtonElement>("run"),
  element("state"),
]

const withoutWebgpu =
  "This browser has no WebGPU: programs can be written, but not run.\n" +
  "Use a current Chrome, Edge, Firefox or Safari; on Linux, Chrome may need --enable-unsafe-webgpu."

let script: Script | undefined
const placed = (text: string): string => (script === undefined ? text : withPlaces(text, script))

let output = "gpu" in navigator ? "Run the program with Ctrl+Enter." : withoutWebgpu

const nothing = "Nothing has been compiled yet: run the program."
const ofEach = (show: (watched: Watched, i: number) => string): string =>
  placed(compiledPrograms().map(show).join("\n\n") || nothing)

const shaders = ({ compiled: { plan } }: Watched): string =>
  plan.steps.map(({ label, family, at, wgsl }) => `// ${label} (${family}), of ${at}\n${wgsl}`).join("\n\n")

const profiles = async (): Promise<string> => {
  const texts: string[] = []
  for (const { device, compiled, likeLast } of compiledPrograms()) {
    const args = likeLast()
    texts.push(args === undefined ? "compiled, but never run" : showProfile(await profile(device, compiled, args)))
  }
  return placed(texts.join("\n\n") || nothing)
}

const tabs = openTabs(document.querySelector("nav")!, element("pane"), [
  { name: "Output", text: () => output },
  { name: "Plan", text: () => ofEach(({ compiled }) => showPlan(compiled.plan)) },
  { name: "WGSL", text: () => ofEach(shaders) },
  {
    name: "Profile",
    text: () => profiles().catch((error: unknown) => `This could not be profiled: ${String(error)}`),
  },
])

const print = (line: string): void => {
  output += `${line}\n`
  void tabs.refresh()
}

const run = async (): Promise<void> => {
  if (button.disabled || !("gpu" in navigator)) return
  button.disabled = true
  state.textContent = "running"
  state.classList.remove("wrong")
  output = ""
  editor.unmark()
  await forget()
  await tabs.choose("Output")
  const begun = performance.now()
  script = await editor.compile()
  const failure = await runProgram(script, print)
  if (failure !== undefined) {
    const { message, place } = failure
    print(place === undefined ? message : `line ${place.line}: ${message}`)
    if (place !== undefined) editor.mark(message, place)
  }
  state.textContent = `${failure === undefined ? "done" : "stopped"} after ${((performance.now() - begun) / 1000).toFixed(1)} s`
  state.classList.toggle("wrong", failure !== undefined)
  button.disabled = false
}

const editor = openEditor(element("editor"), () => void run())
for (const name of examples.keys()) select.append(new Option(name, name))
const show = (): void => editor.write(examples.get(select.value) ?? "")
select.addEventListener("change", show)
button.addEventListener("click", () => void run())
show()
void tabs.refresh()
// For those who test or script the page.
Object.assign(globalThis, { playground: { editor, run } })
