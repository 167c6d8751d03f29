import { AppError } from '@surety/domain';
import type { WebhookMessage } from '@surety/workflows';
import { Webhook } from 'standardwebhooks';

/** A receiver that has not answered by then has not taken a message. */
const ANSWER_MAX_MS = 10_000;

/** Statuses from 400 to 499 that say nothing of the message: the secret, the address, the time or too many. The others may. */
const NOT_OF_MESSAGE: ReadonlySet<number> = new Set([401, 403, 404, 408, 429]);

/** Where a message goes, and how it is signed. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
  readonly nowMs: () => number;
}

/**
 * Posts one message as Standard Webhooks 1.0 has it: `webhook-id`, `webhook-timestamp` of this attempt, and
 * `webhook-signature`, an HMAC-SHA256 over both and the body. A redirect is not followed, and no answer's body is read.
 * @throws WEBHOOK_REFUSED unless the receiver answers 200 to 299; retryable unless it may refuse this very message. Never names more of a
 *   URL than its host.
 */
export async function postWebhook(
  target: WebhookTarget,
  message: Pick<WebhookMessage, 'id' | 'json'>,
  signal: AbortSignal,
): Promise<void> {
  const { url, secret, nowMs } = target;
  const { id, json } = message;
  const sentAt = new Date(nowMs());
  const { host } = new URL(url);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'surety',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, sentAt, json),
  };
  const limit = AbortSignal.timeout(ANSWER_MAX_MS);
  const both = AbortSignal.any([signal, limit]);
  const answer = await fetch(url, { method: 'POST', headers, body: json, redirect: 'manual', signal: both }).catch(
    (cause: unknown) => {
      const why = limit.aborted ? `no answer within ${ANSWER_MAX_MS / 1_000} s` : reasonOf(cause);
      throw refused(`${host} did not take a message: ${why}`, cause);
    },
  );
  await answer.body?.cancel();
  if (answer.ok) return;
  const expected = 'expected 200 to 299; look at the receiver, and at SURETY_WEBHOOK_URLS and its secret';
  throw refused(`${host} answered ${answer.status} to a message; ${expected}`, undefined, isOfMessage(answer.status));
}

function isOfMessage(status: number): boolean {
  return status >= 400 && status < 500 && !NOT_OF_MESSAGE.has(status);
}

function refused(message: string, cause?: unknown, isFinal = false): AppError<'WEBHOOK_REFUSED'> {
  return new AppError({ code: 'WEBHOOK_REFUSED', message, retryable: !isFinal, cause });
}

/** `fetch` hides what happened in its error's cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'the request failed';
}
