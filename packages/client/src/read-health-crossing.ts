import { type HealthCrossingView, healthCrossingView } from '@surety/api';
import { readAnswer } from './bad-answer.js';

/** Parses the data of a `health` event. @throws BAD_ANSWER. */
export function readHealthCrossing(payload: unknown): HealthCrossingView {
  return readAnswer(healthCrossingView, payload);
}
