import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';

const config = fileURLToPath(new URL('../../../../chains.config.json', import.meta.url));

it('is not well of a chain of which nobody was asked anything', async () => {
  const { code, output, told } = await runSurety(['doctor', '--json'], { environment: { SURETY_CONFIG: config } });
  expect([code, told.includes('UNHEALTHY')]).toEqual([1, true]);
  const { ok, findings } = JSON.parse(output) as {
    ok: boolean;
    findings: { check: string; result: string; detail: string }[];
  };
  expect(ok).toBe(false);
  const providers = findings.filter(({ check }) => / provider /.test(check));
  expect(new Set(providers.map(({ result }) => result))).toEqual(new Set(['fail']));
  expect(providers[0]?.detail).toMatch(/^\w+ is not set; set it to/);
});
