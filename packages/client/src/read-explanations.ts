import { type ExplanationView, explainAnswer } from '@surety/api';
import type { HttpJson } from './http-json.js';

/** Reads why a thing stands where it does, by any of its names. */
export async function readExplanations(
  http: HttpJson,
  id: string,
  signal: AbortSignal | undefined,
): Promise<readonly ExplanationView[]> {
  const path = `/v1/explain/${encodeURIComponent(id)}`;
  return (await http.read({ method: 'GET', path, signal }, explainAnswer)).explanations;
}
