import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadAggregatorConfig, loadWebhookReceivers } from './index.js';
import { developmentNetwork } from './testing/development-network.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-webhooks-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const SURETY_CONFIG = join(folder, 'chains.config.json');
writeFileSync(SURETY_CONFIG, JSON.stringify(developmentNetwork()));
const environment = { SURETY_CONFIG, RPC_S_1: 'http://127.0.0.1:1', RPC_A_1: 'http://127.0.0.1:2' };

describe('webhooks', () => {
  it('reads receivers of messages and the secret that signs them, and shows neither', () => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const load = (text: string, of = secret) =>
      loadAggregatorConfig({ ...environment, SURETY_WEBHOOK_URLS: text, SURETY_WEBHOOK_SECRET: of }).webhooks;
    expect(load('')).toBeUndefined();
    const receivers = load('https://a.example/x, http://b.example\nhttps://c.example')?.receivers ?? [];
    expect(receivers.map(({ url }) => url.reveal())).toEqual([
      'https://a.example/x',
      'http://b.example',
      'https://c.example',
    ]);
    expect(() => load('ftp://a.example/token')).toThrow(/SURETY_WEBHOOK_URLS: seen \(withheld\); expected an http/);
    expect(() => load('https://a.example,https://a.example')).toThrow(/SURETY_WEBHOOK_URLS: seen a URL twice/);
    expect(() => load(Array.from({ length: 17 }, (_, n) => `https://a.example/${n}`).join(','))).toThrow(
      /SURETY_WEBHOOK_URLS: seen 17 URLs; expected at most 16/,
    );
    expect(() => load('https://a.example', '')).toThrow(/SURETY_WEBHOOK_SECRET: seen nothing; expected whsec_/);
    for (const wrong of ['whsec_c2hvcnQ=', 'hunter2', `${secret}=`, secret.slice(6)])
      expect(() => load('https://a.example', wrong)).toThrow(
        /SURETY_WEBHOOK_SECRET: seen \(withheld\); expected whsec_/,
      );
  });

  it('gives each receiver a secret of its own, the same after every start', () => {
    const load = (text: string, byte: number) =>
      loadWebhookReceivers({
        ...environment,
        SURETY_WEBHOOK_URLS: text,
        SURETY_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, byte).toString('base64')}`,
      }).map(({ secret }) => secret.reveal());
    const [first, second] = load('https://a.example/x,https://b.example', 1);
    expect(first).not.toBe(second);
    expect(load('https://b.example,https://a.example/x', 1)).toEqual([second, first]);
    expect(load('https://a.example/x', 2)).not.toEqual([first]);
    // HMAC-SHA256 under 32 bytes of 1, made by OpenSSL.
    expect(first).toBe('whsec_Jy1lTPUSsp8U4bpmkrSn48T8G6l66rFy23zWLQnWmTo=');
    expect(load('', 1)).toEqual([]);
  });
});
