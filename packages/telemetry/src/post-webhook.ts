import { AppError } from '@surety/domain';
import { type WebhookMessage, within } from '@surety/workflows';
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
  // Not AbortSignal.any: the signal lives as long as the process, and would keep some bytes of each message.
  const answer = await within(ANSWER_MAX_MS, signal, async (either) => {
    const taken = await fetch(url, { method: 'POST', headers, body: json, redirect: 'manual', signal: either });
    await taken.body?.cancel();
    return taken;
  }).catch((cause: unknown) => {
    throw refused(`${host} did not take a message: ${reasonOf(cause)}`, cause);
  });
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
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${ANSWER_MAX_MS / 1_000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'the request failed';
}
