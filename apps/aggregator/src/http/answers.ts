import { type AnySchema, describeSchema, problemView } from '@surety/api';
import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiResponse } from '@nestjs/swagger';
import { TITLES } from '../problem.js';

/** Names the schema that a route's answers fit. */
export function Answers(schema: AnySchema, description: string): MethodDecorator {
  return ApiOkResponse({ standardSchema: schema, description });
}

const PROBLEM = { 'application/problem+json': { schema: describeSchema(problemView).schema } };

/** Declares the statuses with which a route may refuse. Each refusal is a problem document. */
export function Refuses(...statuses: readonly (keyof typeof TITLES)[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...statuses.map((status) => ApiResponse({ status, description: TITLES[status], content: PROBLEM })),
  );
}
