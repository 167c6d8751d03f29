import { type HealthCrossingView, healthCrossingView } from '@surety/api';
import { readAnswer } from './bad-answer.js';

/** Reads the data of an event `health`. @throws BAD_ANSWER. */
export function readHealthCrossing(payload: unknown): HealthCrossingView {
  return readAnswer(healthCrossingView, payload);
}
