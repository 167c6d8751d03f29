import { type SolvencyProofView, solvencyProofView } from '@surety/api';
import { readAnswer } from './bad-answer.js';

/** Reads a proof of solvency from JSON, as `surety proof solvency --json` writes it. @throws BAD_ANSWER naming the first member that does not fit. */
export function parseSolvencyProof(json: unknown): SolvencyProofView {
  return readAnswer(solvencyProofView, json);
}
