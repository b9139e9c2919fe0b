/** What can be seen beside a program. A text may take work: it is made when its tab is chosen. */
export interface Tab {
  readonly name: string
  readonly text: () => string | Promise<string>
}

export interface Tabs {
  /** Shows the tab that is chosen again. */
  readonly refresh: () => Promise<void>
  readonly choose: (name: string) => Promise<void>
}

/** Tabs above a pane of text. */
export const openTabs = (list: HTMLElement, pane: HTMLElement, tabs: readonly Tab[]): Tabs => {
  let chosen = tabs[0]!
  const buttons = tabs.map((tab) => {
    const button = document.createElement("button")
    button.textContent = tab.name
    button.setAttribute("role", "tab")
    button.addEventListener("click", () => void choose(tab.name))
    list.append(button)
    return button
  })
  const refresh = async (): Promise<void> => {
    const shown = chosen
    buttons.forEach((button, i) => button.setAttribute("aria-selected", String(tabs[i] === shown)))
    const text = await shown.text()
    if (chosen === shown) pane.textContent = text
  }
  const choose = (name: string): Promise<void> => {
    chosen = tabs.find((tab) => tab.name === name) ?? chosen
    return refresh()
  }
  return { refresh, choose }
}
