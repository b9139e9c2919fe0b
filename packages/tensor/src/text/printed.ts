/** Prints a text where `console.log` goes. */
export const printed = (text: string): void => {
  // oxlint-disable-next-line no-console -- showing is for people at a console
  console.log(text)
}
