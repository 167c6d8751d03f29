import { type AnySchema, type Misfit, readAs } from '@surety/api';
import { type AppError, domainError } from '@surety/domain';
import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { Problem } from '../problem.js';

/**
 * Parses a request's input by the schema that its route declares.
 * @throws the domain's parse errors; Problem TOO_MANY.
 */
export class RequestPipe implements PipeTransform {
  transform(value: unknown, { schema, type, data }: ArgumentMetadata): unknown {
    if (schema === undefined) return value;
    const isBody = type === 'body';
    const reading = readAs(schema as AnySchema, value, data ?? (isBody ? 'body' : ''));
    if (reading.kind === 'fits') return reading.value;
    throw refusalOf(reading.misfit, isBody);
  }
}

/** A parameter that is missing is refused like one that is wrong, a body's member by a code of its own. */
function refusalOf({ path, seen, expected, code }: Misfit, isBody: boolean): AppError | Problem {
  const length = `${path} has ${String(seen)} items; expected ${expected}`;
  if (code === 'BAD_CHECKSUM')
    return new Problem({ status: 400, code, detail: `${path} is ${clip(seen)}; expected ${expected}` });
  if (code === 'TOO_MANY') return new Problem({ status: 400, code, detail: `${length} a call` });
  if (code === 'BAD_LENGTH') return domainError(code, length);
  if (code === 'UNKNOWN_FIELD') return domainError(code, `${path} is not known; expected ${expected}`);
  if (seen === undefined)
    return domainError(isBody ? 'MISSING_FIELD' : code, `${path} is missing; expected ${expected}`);
  return domainError(code, `${path} is ${clip(seen)}; expected ${expected}`);
}

function clip(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
