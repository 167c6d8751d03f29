import { createHmac } from 'node:crypto';
import type { ConfigReader } from './load-config.js';
import { Secret } from './secret.js';

/** Most endpoints: each is a loop of its own. */
const ENDPOINTS_MAX = 16;

/** One receiver of messages. */
export interface WebhookReceiver {
  /** It often holds a token. */
  readonly url: Secret;
  /** Signs messages to this receiver alone: `whsec_` and Base64 of 32 bytes, as Standard Webhooks has it. */
  readonly secret: Secret;
}

/** Receivers of messages. */
export interface WebhookSettings {
  readonly receivers: readonly WebhookReceiver[];
}

/** Reads `SURETY_WEBHOOK_URLS`, commas or lines between them, and `SURETY_WEBHOOK_SECRET`, each or its `_FILE`; undefined without URLs. */
export function loadWebhooks(reader: ConfigReader): WebhookSettings | undefined {
  const name = 'SURETY_WEBHOOK_URLS';
  const texts = (reader.secret(name)?.reveal() ?? '')
    .split(/[,\s]/u)
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const secret = reader.secret('SURETY_WEBHOOK_SECRET');
  if (texts.length === 0) return undefined;
  if (texts.length > ENDPOINTS_MAX) reader.issue(name, `${texts.length} URLs`, `at most ${ENDPOINTS_MAX}`);
  if (new Set(texts).size < texts.length) reader.issue(name, 'a URL twice', 'each URL once');
  for (const text of texts) {
    reader.requireUrl(name, text);
    reader.requireGuarded(name, text);
  }
  if (!isSigningSecret(secret?.reveal() ?? ''))
    reader.issue(
      'SURETY_WEBHOOK_SECRET',
      secret === undefined ? 'nothing' : '(withheld)',
      'whsec_ and Base64 of 24 to 64 bytes, such as echo "whsec_$(openssl rand -base64 32)" gives',
    );
  const receivers = texts.map((url) => ({
    url: new Secret(url),
    secret: receiverSecretOf(secret?.reveal() ?? '', url),
  }));
  return { receivers };
}

/**
 * Returns the secret of one receiver: HMAC-SHA256 of its URL under the aggregator's secret. So no receiver can sign what another takes
 * for the aggregator's, and the aggregator keeps one secret however many receivers it has.
 */
function receiverSecretOf(secret: string, url: string): Secret {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const derived = createHmac('sha256', key).update(`surety webhook receiver ${url}`).digest('base64');
  return new Secret(`whsec_${derived}`);
}

function isSigningSecret(text: string): boolean {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === base64;
}
