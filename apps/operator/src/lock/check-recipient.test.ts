import { type Address, AppError, address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { checkRecipient } from './check-recipient.js';

const of = (pair: string): Address => address(`0x${pair.repeat(20)}`);
const OLD = of('0a');
const NEXT = of('0b');
const BETA = of('0c');
const LEDGER = of('aa');
const MARKET = of('bb');
const OWNER = of('cc');

const alpha = { chainId: 901, name: 'alpha', vault: { address: OLD } };
const paid = {
  chain: alpha,
  vault: alpha.vault,
  settlement: { chainId: 900, ledger: LEDGER },
  network: { chains: [alpha, { chainId: 902, name: 'beta', vault: { address: BETA } }] },
};

/** Checks a recipient on a chain on which the old vault names a successor, a new one and a market know the ledger. */
function check(
  recipient: Address,
  { successor = of('00'), ledger = LEDGER, down = false, told = [] as string[] } = {},
): Promise<void> {
  const views: Record<Address, Record<string, unknown>> = {
    [OLD]: { ledger, settlementChainId: 900n, source: 1, successor },
    [NEXT]: { ledger, settlementChainId: 900n, source: 5 },
    [MARKET]: { ledger },
  };
  const reader = {
    getCode: async (asked: { address: Address }) => (asked.address in views ? '0x60' : undefined),
    readContract: async (asked: { address: Address; functionName: string }) => {
      if (down) throw new AppError({ code: 'PROVIDER_FAILED', message: 'nobody answers', retryable: true });
      const answer = views[asked.address]?.[asked.functionName];
      if (answer === undefined) throw new Error('execution reverted');
      return answer;
    },
  };
  const look = { openReader: () => reader as never, tell: (line: string) => void told.push(line) };
  return checkRecipient(look, paid as never, recipient);
}

describe('the recipient of a release', () => {
  it('is refused if it is the new vault before the old one names it', async () => {
    await expect(check(NEXT)).rejects.toThrow(
      `${NEXT} is a vault of this deployment, and the vault ${OLD} on alpha names no successor yet`,
    );
    await expect(check(NEXT, { successor: BETA })).rejects.toThrow(`names ${BETA} as its successor`);
  });

  it('may be the successor', async () => {
    expect(await check(NEXT, { successor: NEXT })).toBeUndefined();
  });

  it('is refused if it is the vault itself, or that of another chain', async () => {
    await expect(check(OLD, { successor: NEXT })).rejects.toThrow('expected an address of yours, or the new vault');
    await expect(check(BETA)).rejects.toThrow(`${BETA} is a vault of this deployment`);
  });

  it('may be a person, a contract that is no vault, and a vault of another ledger', async () => {
    expect(await check(OWNER)).toBeUndefined();
    expect(await check(MARKET)).toBeUndefined();
    expect(await check(NEXT, { ledger: of('ee') })).toBeUndefined();
  });

  it('is told as not checked where no provider answers, and nothing is stopped', async () => {
    const told: string[] = [];
    expect(await check(NEXT, { down: true, told })).toBeUndefined();
    expect(told).toEqual([
      `warning: it was not checked whether ${NEXT} is a vault, which would credit nobody: nobody answers`,
    ]);
  });

  it('is told as not checked where the chain has no provider', async () => {
    const told: string[] = [];
    const openReader = (): never => {
      throw new AppError({ code: 'NO_PROVIDER', message: 'no URL', retryable: false });
    };
    await checkRecipient({ openReader, tell: (line) => void told.push(line) }, paid as never, OWNER);
    expect(told).toEqual([
      `warning: it was not checked whether ${OWNER} is a vault, which would credit nobody: no URL`,
    ]);
  });

  it('is refused without any provider if it is a configured vault', async () => {
    await expect(check(BETA, { down: true })).rejects.toThrow(
      `${BETA} is a vault of this deployment, and the vault ${OLD} on alpha names a successor that nobody could read (nobody answers)`,
    );
  });
});
