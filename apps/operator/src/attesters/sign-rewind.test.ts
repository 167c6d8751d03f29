import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSurety } from '../testing/run-surety.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-rewind-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('surety attesters sign-rewind --tell', () => {
  it('names no point as another user than the watcher’s, who could not read it', async () => {
    const network = { ...exampleNetwork(), profile: 'development' as const };
    const SURETY_CONFIG = join(folder, 'chains.config.json');
    writeFileSync(SURETY_CONFIG, JSON.stringify(network));
    const urls = network.chains.flatMap(({ providers }) => providers.map(({ urlEnv }) => urlEnv));
    const environment = {
      SURETY_CONFIG,
      ...Object.fromEntries(urls.map((name, at) => [name, `https://host${at}.example/`])),
      SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:9',
      SURETY_ATTESTER_KEY: `0x${'01'.repeat(32)}`,
      SURETY_STATE_DIR: folder,
    };
    const away = network.chains.find(({ chainId, vault }) => vault && chainId !== network.settlement?.chainId);
    const owner = statSync(folder).uid;
    vi.spyOn(process, 'geteuid').mockReturnValue(owner + 7);
    const edge = ['--chain', away?.name ?? '', '--direction', 'to-ledger', '--count', '3'];
    const { code, told } = await runSurety(['attesters', 'sign-rewind', ...edge, '--tell'], { environment });
    expect([code, told]).toEqual([1, expect.stringContaining('NOT_OWNER')]);
    expect(told).toContain(`run sudo -u '#${owner}' the same command, with the watcher's environment`);
    expect(readdirSync(folder)).toEqual(['chains.config.json']);
  });
});
