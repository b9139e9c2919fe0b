/** Marks text for a terminal; `plain` leaves it as it is. */
export interface Style {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly faint: (text: string) => string
  readonly strong: (text: string) => string
}

const escape = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`

const same = (text: string): string => text

export const plain: Style = { good: same, bad: same, faint: same, strong: same }

export const coloured: Style = { good: escape(32), bad: escape(31), faint: escape(2), strong: escape(1) }

export const styleFor = (isColourful: boolean): Style => (isColourful ? coloured : plain)
