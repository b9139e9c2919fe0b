/** Exit codes by what a script would do next. */
export const exitCodes = {
  success: 0,
  unexpected: 1,
  usage: 2,
  checkFailed: 3,
  noDevice: 4,
  deviceFailed: 5,
  input: 6,
  output: 7,
  program: 8,
  interrupted: 130,
} as const

/** What each exit code tells a script. */
export const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  success: "done",
  unexpected: "a defect of this program: please report it with the text it printed",
  usage: "the command line or the configuration file asks for something that does not exist",
  checkFailed: "a check ran and its answer is no: verification failed, or the adapter is not usable",
  noDevice: "no WebGPU adapter was found",
  deviceFailed: "the adapter refused or lost the work",
  input: "a file that was to be read is missing, damaged, or of another kind",
  output: "a file could not be written",
  program: "a program described tensors that do not fit together",
  interrupted: "stopped by Ctrl-C or SIGTERM, after the step under way was finished and saved",
}

/** One error tag: which exit code it leads to and what it means. */
export interface Entry {
  readonly exit: keyof typeof exitCodes
  readonly meaning: string
}

/** Every tag an error of this project carries. */
export const catalogue: Readonly<Record<string, Entry>> = {
  Usage: { exit: "usage", meaning: "An unknown command or flag, or a value of the wrong kind." },
  ConfigInvalid: { exit: "usage", meaning: "A configuration file, or a flag, does not describe a possible run." },
  UnknownCase: { exit: "usage", meaning: "A case named on the command line is not in the folder." },

  VerificationFailed: { exit: "checkFailed", meaning: "A case was computed and lies outside its allowed error." },
  NothingVerified: { exit: "checkFailed", meaning: "No case of the folder could be checked by this version." },
  AdapterUnusable: { exit: "checkFailed", meaning: "The adapter computes wrongly or lacks what the programs need." },

  CaseInvalid: { exit: "input", meaning: "A case folder lacks a file or a field, or holds a value out of range." },
  FileUnreadable: { exit: "input", meaning: "A file is missing, is a folder, or may not be read." },
  HeaderInvalid: { exit: "input", meaning: "A safetensors file does not begin with a well-formed header." },
  EntryInvalid: { exit: "input", meaning: "One tensor's entry in a header is not well formed." },
  DuplicateName: { exit: "input", meaning: "A header names the same tensor twice." },
  DTypeUnknown: { exit: "input", meaning: "A tensor is stored in an element type this version does not read." },
  ByteRangeInvalid: { exit: "input", meaning: "A tensor's bytes lie outside the file, overlap, or have another size." },
  TensorMissing: { exit: "input", meaning: "A file holds no tensor of the wanted name." },
  NotConvertible: { exit: "input", meaning: "A tensor's element type cannot become the wanted one without loss." },
  NamesMismatch: { exit: "input", meaning: "A file of weights belongs to another model, or to another size of it." },

  FileUnwritable: { exit: "output", meaning: "A file or folder cannot be created or written." },
  StorageFull: { exit: "output", meaning: "The disk or the quota is full." },

  DeviceUnavailable: { exit: "noDevice", meaning: "Dawn finds no WebGPU adapter, or none that may be used." },
  DeviceFailure: { exit: "deviceFailed", meaning: "The device reported an error while working." },
  DeviceLost: { exit: "deviceFailed", meaning: "The device went away: driver reset, sleep, or removal." },
  KernelInvalid: { exit: "deviceFailed", meaning: "A generated shader was refused; the error names op and line." },
  OutOfDeviceMemory: { exit: "deviceFailed", meaning: "The device has no memory left for a buffer." },
  LimitExceeded: { exit: "deviceFailed", meaning: "A tensor or kernel needs more than a limit of the adapter allows." },

  ShapeMismatch: { exit: "program", meaning: "Operands of an op have shapes that do not fit." },
  DTypeMismatch: { exit: "program", meaning: "An operand has an element type the op does not take." },
  InvalidAttribute: { exit: "program", meaning: "A static argument of an op, such as an axis, is out of range." },
  InvalidData: { exit: "program", meaning: "Host data do not have the shape or the element type they claim." },
  TreeMismatch: { exit: "program", meaning: "Two trees of tensors differ in their paths, or a leaf is no tensor." },
  NotDifferentiable: { exit: "program", meaning: "A gradient was asked of a program that has none." },
  StaleArray: { exit: "program", meaning: "An output was used after a later run had taken over its memory." },
}

/** The exit code of a tag; a tag nobody listed is a defect of this program. */
export const exitCodeOf = (tag: string): number => exitCodes[catalogue[tag]?.exit ?? "unexpected"]
