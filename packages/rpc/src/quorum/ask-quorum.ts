import type { AppError } from '@surety/domain';
import { isUnknownBlock } from '../ask-in-turn.js';
import { describeError, rpcError } from '../errors.js';
import type { RpcProvider } from '../rpc-provider.js';

/** A request sent to every configured provider. */
export interface QuorumQuestion<Answer> {
  /** Names the request in errors: `block 17`. */
  readonly subject: string;
  readonly providers: readonly RpcProvider[];
  /** Number of answers that must be equal. */
  readonly quorum: number;
  readonly ask: (provider: RpcProvider) => Promise<Answer>;
  /** Two answers are equal if their keys are. */
  readonly keyOf: (answer: Answer) => string;
  /** True for an answer that honest providers may give differently, such as one from their own limits: others beside it make nobody a liar. */
  readonly mayDiffer?: (answer: Answer) => boolean;
}

/**
 * Returns the answer on which a quorum of the configured providers agrees, as soon as they do. A silent, failing or
 * refused provider counts against the quorum. One whose answer differs, before or after the agreement, is counted as
 * lying unless it `mayDiffer`.
 * @throws NO_QUORUM as soon as no agreement is possible any more (context: `answers`, how many different ones there are, and `lacking`,
 * how many providers lack the block); ABORTED.
 */
export function askQuorum<Answer>(question: QuorumQuestion<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const tally = new Tally(question);
    for (const provider of question.providers) {
      question.ask(provider).then(
        (answer) => tally.agree(provider, answer, resolve, reject),
        (error: unknown) => tally.fail(provider, error, reject),
      );
    }
  });
}

interface Said {
  readonly provider: RpcProvider;
  readonly key: string;
  readonly mayDiffer: boolean;
}

/** The answers so far. */
class Tally<Answer> {
  readonly #question: QuorumQuestion<Answer>;
  readonly #answers: Said[] = [];
  readonly #reasons: string[] = [];
  #lacking = 0;
  #agreed: Omit<Said, 'provider'> | undefined;
  #decided = false;

  constructor(question: QuorumQuestion<Answer>) {
    this.#question = question;
  }

  agree(
    provider: RpcProvider,
    answer: Answer,
    resolve: (answer: Answer) => void,
    reject: (error: AppError) => void,
  ): void {
    const key = this.#question.keyOf(answer);
    const said = { provider, key, mayDiffer: this.#question.mayDiffer?.(answer) === true };
    this.#answers.push(said);
    if (this.#agreed !== undefined) return this.#reportOdd(said, this.#agreed);
    if (this.#decided) return;
    const equal = this.#answers.filter((other) => other.key === key);
    if (equal.length < this.#question.quorum) return this.#giveUp(reject);
    const agreed = { key, mayDiffer: equal.some((one) => one.mayDiffer) };
    this.#agreed = agreed;
    this.#decided = true;
    for (const other of this.#answers) this.#reportOdd(other, agreed);
    resolve(answer);
  }

  fail(provider: RpcProvider, error: unknown, reject: (error: AppError) => void): void {
    const reason = describeError(error);
    this.#reasons.push(`${provider.name} ${reason}`);
    if (isUnknownBlock(error)) this.#lacking += 1;
    if (this.#decided) return;
    if (reason.startsWith('ABORTED')) {
      this.#decided = true;
      reject(rpcError('ABORTED', `${this.#question.subject} was stopped by its caller`));
      return;
    }
    this.#giveUp(reject);
  }

  /** Rejects once the quorum is out of reach even if all remaining providers agree. */
  #giveUp(reject: (error: AppError) => void): void {
    const { providers, quorum, subject } = this.#question;
    const groups = new Map<string, string[]>();
    for (const { key, provider } of this.#answers) groups.set(key, [...(groups.get(key) ?? []), provider.name]);
    const silent = providers.length - this.#answers.length - this.#reasons.length;
    const best = Math.max(0, ...[...groups.values()].map(({ length }) => length));
    if (best + silent >= quorum) return;
    this.#decided = true;
    const sides = [...groups.values()].map((names) => names.join(', ')).join(' against ');
    const split = groups.size > 1 ? `; ${groups.size} different answers, ${sides}` : '';
    const failures = this.#reasons.length > 0 ? `; ${this.#reasons.join('; ')}` : '';
    reject(
      rpcError(
        'NO_QUORUM',
        `at most ${best + silent} of ${providers.length} providers agree on ${subject}, expected ${quorum}${split}${failures}`,
        {
          context: {
            agreed: best,
            needed: quorum,
            configured: providers.length,
            answers: groups.size,
            lacking: this.#lacking,
          },
        },
      ),
    );
  }

  #reportOdd({ provider, ...said }: Said, agreed: Omit<Said, 'provider'>): void {
    if (said.key === agreed.key || said.mayDiffer || agreed.mayDiffer) return;
    provider.report(rpcError('WRONG_BLOCK', `${provider.name} contradicts the quorum on ${this.#question.subject}`));
  }
}
