import { AppError } from '@surety/domain';
import { MARGIN_ERROR_CODES, type MarginErrorCode, marginError } from '@surety/margin';
import { type RawObject, clip, isRawObject } from '@surety/margin/request-fields';
import { mergePatch } from './merge-patch.js';
import type { Model, Outputs } from './model.js';
import { MODEL_NAMES, modelNamed } from './models.js';

/** Requests of one run, and the parameter documents that they may name. */
export interface Batch {
  readonly parameters: RawObject;
  readonly requests: readonly unknown[];
}

/** The answer to one request: its outputs, or why it has none. `id` is null where the request has no text id. */
export type EvaluationResult =
  | { readonly id: string; readonly ok: true; readonly outputs: Outputs }
  | {
      readonly id: string | null;
      readonly ok: false;
      readonly error: { readonly code: MarginErrorCode; readonly message: string };
    };

/**
 * Takes a JSON value as a batch: a list of requests, or an envelope `{parameters, requests}`.
 * @throws INVALID_REQUEST if it is neither.
 */
export function parseBatch(value: unknown): Batch {
  if (Array.isArray(value)) return { parameters: {}, requests: value };
  if (!isRawObject(value)) throw marginError('INVALID_REQUEST', `the batch is ${clip(value)}; ${EXPECTED_BATCH}`);
  const { parameters = {}, requests } = value;
  if (!Array.isArray(requests)) {
    throw marginError('INVALID_REQUEST', `the batch has no list "requests"; ${EXPECTED_BATCH}`);
  }
  if (!isRawObject(parameters)) {
    throw marginError('INVALID_REQUEST', `"parameters" is ${clip(parameters)}; ${EXPECTED_BATCH}`);
  }
  return { parameters, requests };
}

/** Answers the requests of a batch one by one, in order. A bad one yields an error and does not affect others. */
export function* evaluateBatch(batch: Batch): Generator<EvaluationResult, void, undefined> {
  for (const request of batch.requests) yield evaluateRequest(request, batch.parameters);
}

const EXPECTED_BATCH = 'expected a list of requests, or {"parameters":{...},"requests":[...]}';

function evaluateRequest(request: unknown, documents: RawObject): EvaluationResult {
  const id = isRawObject(request) && typeof request['id'] === 'string' ? request['id'] : null;
  try {
    if (!isRawObject(request)) throw marginError('INVALID_REQUEST', `the request is ${clip(request)}, not an object`);
    if (id === null) throw marginError('INVALID_REQUEST', 'id is missing or no text');
    const { model: name, inputs } = request;
    if (typeof name !== 'string') throw marginError('INVALID_REQUEST', 'model is missing or no text');
    if (!isRawObject(inputs)) throw marginError('INVALID_REQUEST', 'inputs is missing or no object');
    const model = modelNamed(name);
    if (model === undefined)
      throw marginError('UNKNOWN_MODEL', `${clip(name)}; expected one of ${namesNear(name).join(', ')}`);
    return { id, ok: true, outputs: model.answer(resolveInputs(inputs, model, documents)) };
  } catch (failure) {
    return { id, ok: false, error: errorOf(failure) };
  }
}

/** Returns the models of the same subject, or all. */
function namesNear(name: string): readonly string[] {
  const subject = `${name.split('.', 1)[0] ?? ''}.`;
  const near = MODEL_NAMES.filter((one) => one.startsWith(subject));
  return near.length === 0 ? MODEL_NAMES : near;
}

/** Puts documents in the place of their names and applies the overrides, without changing either. */
function resolveInputs(inputs: RawObject, { named }: Model, documents: RawObject): RawObject {
  const { parameters, portfolio, overrides } = inputs;
  // An unknown name is reported even if the model has no parameters. Only one model names a portfolio.
  const names = typeof parameters === 'string' || (typeof portfolio === 'string' && named.includes('portfolio'));
  if (!names && (overrides === undefined || !named.includes('parameters'))) return inputs;
  const resolved: Record<string, unknown> = Object.assign(Object.create(null), inputs);
  if (typeof parameters === 'string') resolved['parameters'] = documentNamed(parameters, 'parameters', documents);
  if (typeof portfolio === 'string' && named.includes('portfolio')) {
    resolved['portfolio'] = documentNamed(portfolio, 'portfolio', documents);
  }
  if (named.includes('parameters') && isRawObject(overrides)) {
    // Missing or mistyped parameters stay what they are, so that the reader names them and not a member of them.
    if (isRawObject(resolved['parameters'])) resolved['parameters'] = mergePatch(resolved['parameters'], overrides);
    delete resolved['overrides'];
  }
  return resolved;
}

function documentNamed(name: string, field: string, documents: RawObject): unknown {
  if (Object.hasOwn(documents, name)) return documents[name];
  throw marginError('UNKNOWN_PARAMETERS', `inputs.${field} names ${clip(name)}; no such document is in the batch`);
}

function errorOf(failure: unknown): { readonly code: MarginErrorCode; readonly message: string } {
  if (failure instanceof AppError) {
    const code = MARGIN_ERROR_CODES.find((one) => one === failure.code);
    if (code !== undefined) return { code, message: failure.message };
  }
  // Other requests of a batch are answered even if one fails, for example on an integer beyond the machine's range.
  const message = failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure);
  return { code: 'UNDEFINED_RESULT', message: `the result could not be computed: ${message}` };
}
