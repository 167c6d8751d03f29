import { loadWebhookReceivers } from '@surety/config';
import { AppError, bytesToHex } from '@surety/domain';
import { postWebhook } from '@surety/telemetry';
import { operatorError } from '../errors.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/**
 * Shows each receiver of an aggregator with the secret that its operator verifies messages with. Of a URL its host is shown alone: the
 * rest may be a token.
 * @throws CONFIG_INVALID, CONFIG_UNREADABLE; BAD_USE without receivers.
 */
export function showWebhookSecrets(terminal: Terminal, options: OutputOptions): void {
  const receivers = readReceivers(terminal).map(({ number, host, secret }) => ({ number, host, secret }));
  writeResult(terminal, options, { receivers }, () =>
    receivers.map(({ number, host, secret }) => `${number}. ${host}  ${secret}`),
  );
}

/**
 * Sends each receiver of an aggregator a signed message, `endpoint.tested`, that stands for nothing, and shows its answer.
 * @throws CONFIG_INVALID, CONFIG_UNREADABLE; BAD_USE without receivers; afterwards WEBHOOK_REFUSED (try again) if one took none.
 */
export async function testWebhooks(terminal: Terminal, options: OutputOptions): Promise<void> {
  const receivers = readReceivers(terminal);
  const answers = await Promise.all(
    receivers.map(async ({ number, host, url, secret }) => {
      const problem = await sendTest(terminal, { number, url, secret });
      return { number, host, taken: problem === null, problem };
    }),
  );
  writeResult(terminal, options, { receivers: answers }, () =>
    answers.map(({ number, host, problem }) => `${number}. ${host}  ${problem ?? 'took the message'}`),
  );
  const refused = answers.filter(({ taken }) => !taken);
  if (refused.length === 0) return;
  throw new AppError({
    code: 'WEBHOOK_REFUSED',
    message: `${refused.length} of ${answers.length} receivers took no message: ${refused.map(({ host }) => host).join(', ')}; mend them (runbook 19)`,
    retryable: true,
  });
}

/** Returns why a receiver took no message, null if it did. */
async function sendTest(
  terminal: Terminal,
  { number, url, secret }: Pick<Receiver, 'number' | 'url' | 'secret'>,
): Promise<string | null> {
  const nowMs = (): number => terminal.clock.nowMs();
  const message = { type: 'endpoint.tested', timestamp: new Date(nowMs()).toISOString(), data: { number } };
  const id = `msg_${bytesToHex(terminal.randomBytes(16)).slice(2)}`;
  try {
    await postWebhook({ url, secret, nowMs }, { id, json: JSON.stringify(message) }, new AbortController().signal);
    return null;
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'WEBHOOK_REFUSED') return cause.message;
    throw cause;
  }
}

interface Receiver {
  readonly number: number;
  readonly host: string;
  readonly url: string;
  readonly secret: string;
}

function readReceivers(terminal: Terminal): readonly Receiver[] {
  const receivers = loadWebhookReceivers(terminal.environment).map(({ url, secret }, at) => {
    return { number: at + 1, host: new URL(url.reveal()).host, url: url.reveal(), secret: secret.reveal() };
  });
  if (receivers.length > 0) return receivers;
  throw operatorError(
    'BAD_USE',
    'SURETY_WEBHOOK_URLS and SURETY_WEBHOOK_URLS_FILE name no receiver; expected the environment of the aggregator that sends',
  );
}
