export { previewTraining, runTraining, withWeights, type Where } from "./experiment.ts"
export { begunText, eventsToTerminal, eventText, scoresText } from "./textEvents.ts"
export { train, type TrainOptions } from "./train.ts"
export { trainingOf, type Semantics, type Training, type TrainingChanges } from "./trainingOf.ts"
