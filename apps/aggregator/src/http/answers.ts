import { type AnySchema, describeSchema, problemView } from '@surety/api';
import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiResponse } from '@nestjs/swagger';
import { Problem, TITLES } from '../problem.js';

/** Names the schema that a route's answers fit. */
export function Answers(schema: AnySchema, description: string): MethodDecorator {
  return ApiOkResponse({ standardSchema: schema, description });
}

const { schema } = describeSchema(problemView);

/** A refusal of each status as it reads. */
const EXAMPLES: Readonly<Record<keyof typeof TITLES, readonly [code: string, detail: string]>> = {
  400: ['BAD_HEX', 'account is "0x12"; expected an account: 0x and 64 hex digits, or its owner’s address'],
  404: ['UNKNOWN_ASSET', 'the ledger lists no asset 9; see /v1/assets for those it lists'],
  405: ['METHOD_NOT_ALLOWED', 'POST is not answered here; expected GET'],
  413: ['BODY_TOO_LARGE', 'the body has more than 524288 bytes; send fewer items'],
  415: ['UNSUPPORTED_CONTENT_TYPE', 'the content type is "text/plain"; expected application/json'],
  422: ['REFUSED', 'none of the statements was taken; see outcomes'],
  429: ['RATE_LIMITED', 'more than 60 reads a second came from your address; try again in 3 s'],
  500: ['INTERNAL', 'the aggregator failed; its log says why'],
  503: ['NOT_FOLDED', 'no final block of the ledger is folded yet; try again, see /health/ready'],
};

function exampleOf(status: keyof typeof TITLES): unknown {
  const [code, detail] = EXAMPLES[status];
  return new Problem({ status, code, detail }).body('/v1/quote/lock');
}

/** Declares the statuses with which a route may refuse. Each refusal is a problem document. */
export function Refuses(...statuses: readonly (keyof typeof TITLES)[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...statuses.map((status) => {
      const content = { 'application/problem+json': { schema, example: exampleOf(status) } };
      return ApiResponse({ status, description: TITLES[status], content });
    }),
  );
}
