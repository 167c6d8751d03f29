import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { afterAll, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-webhook-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const SURETY_CONFIG = join(folder, 'chains.config.json');
writeFileSync(SURETY_CONFIG, JSON.stringify(exampleNetwork()));
const SURETY_WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

const run = (more: Readonly<Record<string, string>>, ...words: string[]) =>
  runSurety(['webhook', 'secrets', ...words], { environment: { SURETY_CONFIG, ...more } });

describe('surety webhook secrets', () => {
  it('shows each receiver by its host, with a secret that is its own', async () => {
    const SURETY_WEBHOOK_URLS = 'https://a.example/token-in-the-path,https://b.example:8443';
    const { output } = await run({ SURETY_WEBHOOK_URLS, SURETY_WEBHOOK_SECRET });
    const lines = output.trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/whsec_.{44}$/, 'whsec'))).toEqual([
      '1. a.example  whsec',
      '2. b.example:8443  whsec',
    ]);
    expect(new Set(lines.map((line) => line.slice(-50))).size).toBe(2);
    expect(output).not.toContain('token');
    expect(output).not.toContain(SURETY_WEBHOOK_SECRET);
    const { receivers } = JSON.parse((await run({ SURETY_WEBHOOK_URLS, SURETY_WEBHOOK_SECRET }, '--json')).output) as {
      receivers: { host: string }[];
    };
    expect(receivers.map(({ host }) => host)).toEqual(['a.example', 'b.example:8443']);
  });

  it('says what is missing', async () => {
    expect((await run({})).told).toMatch(/BAD_USE: SURETY_WEBHOOK_URLS and SURETY_WEBHOOK_URLS_FILE name no receiver/);
    const { told } = await run({ SURETY_WEBHOOK_URLS: 'https://a.example' });
    expect(told).toMatch(/SURETY_WEBHOOK_SECRET: seen nothing; expected whsec_/);
  });
});
