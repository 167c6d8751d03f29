import { loadWebhookReceivers } from '@surety/config';
import { operatorError } from '../errors.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal.js';

/**
 * Shows each receiver of an aggregator with the secret that its operator verifies messages with. Of a URL its host is shown alone: the
 * rest may be a token.
 * @throws CONFIG_INVALID, CONFIG_UNREADABLE; BAD_USE without receivers.
 */
export function showWebhookSecrets(terminal: Terminal, options: OutputOptions): void {
  const receivers = loadWebhookReceivers(terminal.environment).map(({ url, secret }, at) => {
    return { number: at + 1, host: new URL(url.reveal()).host, secret: secret.reveal() };
  });
  if (receivers.length === 0) {
    throw operatorError(
      'BAD_USE',
      'SURETY_WEBHOOK_URLS and SURETY_WEBHOOK_URLS_FILE name no receiver; expected the environment of the aggregator that sends',
    );
  }
  writeResult(terminal, options, { receivers }, () =>
    receivers.map(({ number, host, secret }) => `${number}. ${host}  ${secret}`),
  );
}
