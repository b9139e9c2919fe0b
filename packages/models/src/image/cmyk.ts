/** a · b / 255, rounded, in whole numbers. */
export const scaled = (a: number, b: number): number => {
  const product = a * b + 128
  return ((product >> 8) + product) >> 8
}

/** Ink coverages [pixels, 4] → RGB [pixels, 3]: (255 − ink)(255 − black)/255, as Pillow converts without profiles. */
export const rgbFromCmyk = (inks: Uint8Array): Uint8Array<ArrayBuffer> => {
  const rgb = new Uint8Array((inks.length / 4) * 3)
  for (let pixel = 0; 4 * pixel < inks.length; pixel++) {
    const light = 255 - (inks[4 * pixel + 3] as number)
    for (let c = 0; c < 3; c++) rgb[3 * pixel + c] = light - scaled(inks[4 * pixel + c] as number, light)
  }
  return rgb
}
