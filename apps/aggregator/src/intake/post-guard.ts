import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { PostBudgets } from './post-budgets.js';

/** Refuses posts of an address, or in the name of a poster, whose budget is used up, before their body is read by its schema. */
@Injectable()
export class PostGuard implements CanActivate {
  constructor(@Inject(PostBudgets) private readonly budgets: PostBudgets) {}

  /** @throws Problem 429 with Retry-After. */
  canActivate(context: ExecutionContext): boolean {
    const { ip, body } = context.switchToHttp().getRequest<FastifyRequest>();
    this.budgets.require(ip, postersOf(body));
    return true;
  }
}

/** Returns the posters that a body names, spelt as budgets are charged. */
function postersOf(body: unknown): string[] {
  const { poster, statements } = (body ?? {}) as { readonly poster?: unknown; readonly statements?: unknown };
  const signers = Array.isArray(statements) ? statements.map((one: { signer?: unknown } | null) => one?.signer) : [];
  return [poster, ...signers].flatMap((name) => (typeof name === 'string' ? [name.toLowerCase()] : []));
}
