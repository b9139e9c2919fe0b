// Pictures are decoded by the browser in a page; what asks for Node's decoder is told so.
export default (): never => {
  throw new Error("pictures are decoded by the browser in a page")
}
