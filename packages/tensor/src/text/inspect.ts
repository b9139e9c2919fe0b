/** What Node's console calls to print a value, where it has such a method; other consoles print its fields. */
export const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never
