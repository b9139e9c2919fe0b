import { exitCodes, type ExitName } from "./exitCodes.ts"

/** One error tag: which exit code it leads to, what it means, and what to do. */
export interface Entry {
  readonly exit: ExitName
  readonly meaning: string
  readonly remedy: string
}

const entry = (exit: ExitName, meaning: string, remedy: string): Entry => ({ exit, meaning, remedy })

const commands: Readonly<Record<string, Entry>> = {
  Usage: entry(
    "usage",
    "An unknown command or flag, or a value of the wrong kind.",
    "Use the suggested name, or read the command's `--help`: it lists flags, defaults and examples.",
  ),
  ConfigInvalid: entry(
    "usage",
    "A configuration (of a run, or of a model) lacks a field, or a field holds an impossible value.",
    "Correct the field that is named. Use the configuration that came with a checkpoint unchanged.",
  ),
  SettingsDiffer: entry(
    "usage",
    "A run would be resumed with settings other than those it was started with.",
    "Resume with the settings of its `manifest.json`, or start a new run in another folder.",
  ),
  MemoryBudgetTooSmall: entry(
    "usage",
    "No way to compute a training step fits the given device memory, or the way its run was started with does not.",
    "Allow the memory that the error names, store frozen weights in half precision, or compute fewer or smaller images at a time.",
  ),
  TrainingInvalid: entry(
    "usage",
    "Parts of a training do not fit together, or one is not a value the method knows, such as a string where a function belongs or an unknown word for a switch.",
    "Change the part that is named, as the remedy says.",
  ),
  RunMissing: entry(
    "usage",
    "`--resume` names a folder that holds no run.",
    "Name the run's folder with `--out`, or leave `--resume` out to start a new run.",
  ),
  RunExists: entry(
    "usage",
    "The output folder already holds a run, and `--resume` was not given.",
    "`--resume` continues it; another `--out` starts a new one.",
  ),
  FileExists: entry(
    "usage",
    "The file to be written already exists.",
    "`--overwrite` replaces it; another name keeps both.",
  ),
  RunLocked: entry(
    "usage",
    "Another process is using the run's folder.",
    "Wait for it or stop it with Ctrl-C; another `--out` starts another run.",
  ),
  RunNotPictured: entry(
    "usage",
    "`diva report --pictures` cannot tell what a run was trained with, or its diffusion model cannot draw.",
    "Name a folder that `diva train` wrote to, of a run with real weights whose VAE has its decoder.",
  ),
  NoRun: entry("usage", "A folder named as a run's holds no run.", "`diva runs` lists the runs below a folder."),
  WatchFailed: entry(
    "usage",
    "The page cannot be served on that port.",
    "Choose another `--port`, or 0 for any that is free.",
  ),
  JobDiffers: entry(
    "usage",
    "A folder of shards was started from another list or folder, or with other settings.",
    "Continue with the settings in its `job.json`, or choose another `--out`.",
  ),
  UnknownCase: entry(
    "usage",
    "A case named on the command line is not in the folder.",
    "`diva verify DIR --dry-run` lists what is there.",
  ),
  JobsFailed: entry(
    "deviceFailed",
    "Processes that ran side by side (`--jobs`) ended before their work was done; the message shows what each of them printed.",
    "Fix what the message names and run the same command again: it continues. If memory was short, use fewer `--jobs`.",
  ),
  VerificationFailed: entry(
    "checkFailed",
    "A case lies outside its allowed error, or could not be computed.",
    "Run `diva doctor`, then `diva verify --reference`. If the CPU passes what the adapter fails, update its driver.",
  ),
  NothingVerified: entry(
    "checkFailed",
    "No case of the folder could be checked by this version.",
    "Name a folder in the format of verify.md, or none for the built-in cases.",
  ),
  AdapterUnusable: entry(
    "checkFailed",
    "There is no adapter, it computes wrongly, or Node is too old.",
    "Each failed probe of `diva doctor` comes with its own remedy.",
  ),
}

const runs: Readonly<Record<string, Entry>> = {
  TrainingDiverged: entry(
    "diverged",
    "The loss or the gradient of an update is not a finite number. The last checkpoint, from before it, stays; no weights are written.",
    "Lower `--learning-rate`, lengthen `--warmup-ratio`, or look at the pictures of that update.",
  ),
  StateNotFinite: entry(
    "diverged",
    "Parameters of a run hold NaN or infinity. Such a state is not saved; the last checkpoint stays.",
    "Lower `--learning-rate` or lengthen `--warmup-ratio`, and resume from the last checkpoint.",
  ),
}

const files: Readonly<Record<string, Entry>> = {
  FetchFailed: entry(
    "input",
    "Something could not be downloaded: no network, a server that refuses, or one that is down.",
    "The same command continues where it stopped. Files can also be put in place by hand: docs/weights.md.",
  ),
  ChecksumMismatch: entry(
    "input",
    "A downloaded file is not the published one. It was removed.",
    "Do not use that source; try again later, or fetch the file from elsewhere.",
  ),
  CaseInvalid: entry(
    "input",
    "A case folder lacks a file or a field, or holds a value out of range.",
    "Restore the file that is named from its source.",
  ),
  CaseUnusable: entry(
    "input",
    "The manifest of a training case lacks what is needed to compute it.",
    "Restore the file from its source.",
  ),
  DataSetInvalid: entry(
    "input",
    "A folder is not a data set of the kind needed: its list, its images or its descriptions are missing.",
    "docs/evaluation.md shows the layout of each benchmark's folder.",
  ),
  OtherTask: entry(
    "usage",
    "A data set is made for a task other than the command's.",
    "`diva eval classify` scores data sets with classes, `diva eval retrieve` those with captions.",
  ),
  NothingToCompareOn: entry(
    "usage",
    "Weights can only be compared on a data set, and none was named.",
    "Give `--data` with MMVP's folder, fetch it (`diva fetch --mmvp`), or two results of `diva eval mmvp --out`.",
  ),
  ModelUnclear: entry(
    "usage",
    "The arguments do not determine which model a file of weights holds, or how its texts become token ids.",
    "Give what the error names: `--row`, `--clip-config`, `--base` or `--tokenizer`.",
  ),
  ResultInvalid: entry(
    "input",
    "A file is not the result of an evaluation, or only part of one.",
    "Name a file that `diva eval` wrote with `--out`.",
  ),
  QuestionsInvalid: entry(
    "input",
    "MMVP's list of questions has an odd number of rows, a repeated number, a missing statement, or an unknown category.",
    "Restore Questions.csv from its source; for lists of your own, take categories by type.",
  ),
  FileUnreadable: entry(
    "input",
    "A file or folder is missing, is a folder where a file is needed or the reverse, or may not be read.",
    "Check the path and its permissions.",
  ),
  HeaderInvalid: entry(
    "input",
    "A safetensors file does not begin with a well-formed header: it is cut off, or is not a safetensors file.",
    "Fetch the file again and compare its size with the source's.",
  ),
  EntryInvalid: entry(
    "input",
    "One tensor's entry in a safetensors header is not well formed.",
    "Fetch the file again, or write it again with the program that made it.",
  ),
  DuplicateName: entry(
    "input",
    "A header names the same tensor twice.",
    "Write the file again: only one of the two could be read.",
  ),
  DTypeUnknown: entry(
    "input",
    "A tensor is stored in an element type this version does not read.",
    "Convert the file to f32, f16 or bf16.",
  ),
  ByteRangeInvalid: entry(
    "input",
    "A tensor's bytes lie outside the file, overlap another's, or do not match its shape.",
    "Fetch the file again; do not trust it as it is.",
  ),
  TensorMissing: entry(
    "input",
    "A file holds no tensor with the name asked for.",
    "Look at the names it holds: a prefix before each of them, or the file of another model, is the usual cause.",
  ),
  NotConvertible: entry(
    "input",
    "A tensor's elements cannot be converted to the type asked for without loss.",
    "Read it as it is stored, or correct the file.",
  ),
  NotFinite: entry(
    "input",
    "A tensor of weights holds NaN or infinity: everything computed with it would be NaN.",
    "Use a checkpoint from before the run that wrote it diverged.",
  ),
  NamesMismatch: entry(
    "input",
    "A file of weights belongs to another model, or to another size of it.",
    "Compare the listed names; choose the configuration the file was made with.",
  ),
  RunNotExportable: entry(
    "input",
    "A run has no CLIP to write yet, or the weights it started from, which hold the text tower, cannot be found.",
    "Wait for its first checkpoint, or name the weights it started from with `--clip`.",
  ),
  CheckpointCorrupt: entry(
    "input",
    "No checkpoint of a run can be read.",
    "Restore the folder from a copy, or move it away and start from the beginning.",
  ),
  ShardsNotFound: entry(
    "input",
    "No file matches the pattern of the data.",
    "Quote the pattern so that your shell leaves it alone, and check the folder.",
  ),
  ShardsEmpty: entry(
    "input",
    "The shards hold no image.",
    "Samples are files of one name and different endings: `0001.jpg` beside `0001.txt`.",
  ),
  SamplesScattered: entry(
    "input",
    "Members of one sample lie apart in a shard, so a reader would take them for several samples.",
    "Write the shard with its members in the order of their names: `tar --sort=name`.",
  ),
  TarCorrupt: entry(
    "input",
    "A shard is not a tar file, or its headers are damaged.",
    "Fetch the shard again, or write it again.",
  ),
  TarTruncated: entry("input", "A shard ends in the middle of a file.", "Fetch the shard again."),
  BadSample: entry("input", "A sample holds no readable picture.", "Streams skip and count such samples."),
  TooManyBadSamples: entry(
    "input",
    "So many samples in a row were unreadable that the data cannot be right.",
    "Look at the first samples that were skipped, in the run's output.",
  ),
  ImageFormatUnknown: entry(
    "input",
    "A picture is in a format this version does not read.",
    "Convert it to JPEG or PNG.",
  ),
  ImageUndecodable: entry("input", "A picture is damaged or cut off.", "Fetch it again, or leave it out."),
  FormatUnknown: entry(
    "input",
    "A file of weights is in a container this version does not read.",
    "Convert it to safetensors, or check that it is the file you meant.",
  ),
  ArchiveInvalid: entry("input", "A zip archive of weights is damaged or states wrong sizes.", "Fetch the file again."),
  PickleInvalid: entry(
    "input",
    "A pickle of weights is damaged.",
    "Fetch the file again, or convert it to safetensors.",
  ),
  GlobalRefused: entry(
    "input",
    "A pickle calls something that rebuilding tensors does not need. Nothing in it was run.",
    "Do not trust the file; get the weights as safetensors.",
  ),
  ShardsInvalid: entry(
    "input",
    "The index of weights split over several files does not match the files.",
    "Fetch the index and all its files from one source.",
  ),
  VocabularyInvalid: entry(
    "input",
    "A tokenizer's vocabulary or merges are damaged, or those of another kind of tokenizer.",
    "Fetch them again, from the source of the weights.",
  ),
  TextTooLong: entry("input", "A text has more tokens than the text tower reads.", "Shorten it, or allow truncation."),
  TuningCacheInvalid: entry(
    "input",
    "The file of tuned kernel choices is damaged. The default choices are used.",
    "Remove the file; `diva tune` writes a new one.",
  ),
  TuningEntryStale: entry(
    "input",
    "A tuned kernel choice no longer fits this version. The default choice is used.",
    "Tune again.",
  ),
  TokenizerInvalid: entry(
    "input",
    "A tokenizer's files are damaged, or those of another kind of tokenizer.",
    "Fetch them again.",
  ),
  FileUnwritable: entry(
    "output",
    "A file or folder cannot be created or written.",
    "Check the folder and its permissions.",
  ),
  StorageFull: entry(
    "output",
    "The disk or the quota is full. What was there before is unchanged.",
    "Free space and resume.",
  ),
}

const devices: Readonly<Record<string, Entry>> = {
  DeviceUnavailable: entry(
    "noDevice",
    "Dawn finds no WebGPU adapter, or none it may use.",
    "`npm run setup` installs a software driver if it is allowed to, and otherwise prints the commands.",
  ),
  DeviceFailure: entry(
    "deviceFailed",
    "The device reported an error while working.",
    "Run `diva doctor`; if it passes, report the error with its output.",
  ),
  DeviceLost: entry(
    "deviceFailed",
    "The device was lost: driver reset, sleep, or removal.",
    "Start again: `--resume` continues a training run from its last checkpoint.",
  ),
  KernelInvalid: entry(
    "deviceFailed",
    "A generated shader was refused; the error names op and line.",
    "Report it with the shader file whose path is printed.",
  ),
  OutOfDeviceMemory: entry(
    "deviceFailed",
    "The device has no memory left for a buffer.",
    "Use a smaller batch; `--dry-run` prints the peak before a run.",
  ),
  LimitExceeded: entry(
    "deviceFailed",
    "A tensor or kernel needs more than a limit of the adapter allows.",
    "Use smaller tensors; `diva doctor` lists the limits.",
  ),
}

const programs: Readonly<Record<string, Entry>> = {
  ShapeMismatch: entry("program", "Operands of an op have shapes that do not fit.", "The error shows what would fit."),
  DTypeMismatch: entry("program", "An operand has an element type the op does not take.", "`cast(x, dtype)` converts."),
  InvalidAttribute: entry("program", "A static argument of an op is out of range.", "Correct the argument named."),
  InvalidData: entry("program", "Host data does not have the shape or type it claims.", "Pass the shape the data has."),
  TreeMismatch: entry(
    "program",
    "Two trees of tensors differ in their paths, or a leaf is not a tensor.",
    "Keep static configuration out of trees, and pass trees of equal structure.",
  ),
  NotDifferentiable: entry(
    "program",
    "A gradient was asked for where a program has none.",
    "`stopGradient` says that none is meant; `customVjp` gives one.",
  ),
  NotMappable: entry(
    "program",
    "`vmap` met a user-defined op that does not say how it is applied to a batch.",
    "Give the op's value a `batch` rule, or apply it to one example at a time and `stack` the results.",
  ),
  ParameterMissing: entry(
    "program",
    "A model was given parameters without a name it needs.",
    "Pass parameters of the configuration the model was made with.",
  ),
  StaleArray: entry(
    "program",
    "An output was used after a later run had taken over its memory.",
    "`device.keep(array)` detaches an output; read or keep it before the next run.",
  ),
}

const unknown: Readonly<Record<string, Entry>> = {
  Unexpected: entry(
    "unexpected",
    "An unexpected error.",
    "Report it with the output of the same command with `--debug`.",
  ),
}

/** Every tag an error of this project carries. */
export const catalogue: Readonly<Record<string, Entry>> = {
  ...commands,
  ...runs,
  ...files,
  ...devices,
  ...programs,
  ...unknown,
}

/** The exit code of a tag; a tag nobody listed is a defect of this program. */
export const exitCodeOf = (tag: string): number => exitCodes[catalogue[tag]?.exit ?? "unexpected"]
