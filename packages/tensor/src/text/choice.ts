/** A kernel's choice in words: `rows 24, order columns`. */
export const showChoice = (choice: Readonly<Record<string, number | string>>): string =>
  Object.entries(choice)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ")
