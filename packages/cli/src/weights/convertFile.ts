import { convertWeights, type FloatType, type WeightFile, type WritableFormat } from "@diva/models"
import { fromTaskEither } from "@diva/diva"

/** Writes open weights; gives the file's size. Errors: those of reading and of writing. */
export const convertFile = (file: WeightFile, to: string, format: WritableFormat, floats: FloatType | undefined) =>
  fromTaskEither(convertWeights(file, to, format, floats === undefined ? {} : { floats }))
