import { testOnDevice } from "./support/goldenOnDevice.ts"

// A tower with a class token, one with pooling by attention, and a text encoder; all others are long tests.
testOnDevice(["02a_openai_clip", "02c_siglip", "02f_clip_text_model"])
