import { AppError } from '@surety/domain';
import type { Observer } from '@surety/workflows';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problem.js';
import { TOKENS } from '../tokens.js';
import { methodsOf } from './routes.js';

/** The store cannot write now: no fault of the request, and whoever runs this program must hear of it. */
const STORE_AWAY = ['DATABASE_IN_USE', 'DATABASE_UNAVAILABLE'];

/** Turns whatever a request ended in into `application/problem+json`; nothing of an unknown failure is shown. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(TOKENS.observer) private readonly observer: Observer) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const path = request.url.split('?', 1)[0] ?? request.url;
    const problem = problemOf(exception, request.method, path);
    const status = problem.getStatus();
    const unexpected = problem.code === 'INTERNAL';
    this.observer.observe({
      name: unexpected ? 'request-failed' : 'request-refused',
      level: unexpected ? 'error' : STORE_AWAY.includes(problem.code) ? 'warn' : 'debug',
      fields: {
        method: request.method,
        status,
        code: problem.code,
        ...(unexpected ? { cause: causeOf(exception) } : {}),
      },
    });
    void reply
      .status(status)
      .header('cache-control', 'no-store')
      .headers(problem.headers)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem.body(path)));
  }
}

function problemOf(exception: unknown, method: string, path: string): Problem {
  if (exception instanceof Problem) return exception;
  const known = appErrorIn(exception);
  // What may go well next time is no fault of the request: a client that saw 400 would not ask again.
  if (known !== undefined && (known.retryable || STORE_AWAY.includes(known.code)))
    return new Problem({ status: 503, code: known.code, detail: known.message });
  if (exception instanceof AppError)
    return new Problem({ status: 400, code: exception.code, detail: exception.message });
  const status = exception instanceof HttpException ? exception.getStatus() : 500;
  if (status === 404) return missing(method, path);
  if (status >= 500)
    return new Problem({ status: 500, code: 'INTERNAL', detail: 'the request failed here; it is logged; try again' });
  return new Problem({ status, detail: exception instanceof Error ? exception.message : 'the request was refused' });
}

/** Finds the error of this project that viem wrapped: a chain's providers reject a contract's read with one. */
function appErrorIn(exception: unknown): AppError | undefined {
  let found = exception;
  while (found instanceof Error && !(found instanceof AppError)) found = found.cause;
  return found instanceof AppError ? found : undefined;
}

/** Returns the answer to what no route takes: 405 where another method is taken, or else 404. */
export function missing(method: string, path: string): Problem {
  const allow = methodsOf(path);
  if (allow === undefined)
    return new Problem({ status: 404, detail: `nothing is at ${path.slice(0, 200)}; see /docs` });
  return new Problem({
    status: 405,
    detail: `${path.slice(0, 200)} takes ${allow}, not ${method}`,
    headers: { allow },
  });
}

function causeOf(exception: unknown): string {
  return exception instanceof Error ? `${exception.name}: ${exception.message}` : 'unknown';
}
