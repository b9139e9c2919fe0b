import type { Participant } from "./participant.ts";
/** Whoever is here to be compared with: the packages of the peers' own lock file where installed, PyTorch where Python has it. */
export declare const peers: () => readonly Participant[];
