/** What errors call the axes of images [n, c, h, w]. */
export const imageAxes: readonly string[] = ["batch", "channels", "height", "width"]
