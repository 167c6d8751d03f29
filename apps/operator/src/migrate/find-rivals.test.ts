import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import { describe, expect, it } from 'vitest';
import {
  MOVED,
  NEW_PAIR,
  type WaitingCall,
  actTitled,
  addressOfNext,
  firstProblems,
  moveWorld,
  planMove,
  waitingId,
} from '../testing/vault-move-world.js';

const { ledger, lock, token } = MOVED;
const { source } = NEW_PAIR;
const next = async (): Promise<Address> => address(await addressOfNext());

/** A call that sets one number of an asset of the new vault. */
const setting = async (
  functionName: 'setFastLimit' | 'setLockFee',
  index: number,
  bp: number,
): Promise<WaitingCall> => ({
  to: await next(),
  data: encodeFunctionData({ abi: collateralVaultAbi, functionName, args: [index, bp] }),
});
const told = (one: WaitingCall, chain: string, seen: string, expected: string): string =>
  `operation ${waitingId(one)} of the timelock ${lock} on ${chain} would make ${seen} at ${one.to}; expected none but ${expected}: cancel it as guardian (surety timelock cancel ${waitingId(one)} --chain ${chain}); then run again`;

describe('values of a token at the new vault that wait in its timelock', () => {
  it('refuse the move while they are other ones than the old vault’s', async () => {
    const [fast, fee] = [await setting('setFastLimit', 1, 5_000), await setting('setLockFee', 1, 30)];
    for (const [fastBp, feeBp] of [
      [4_000, 20],
      // What the listing gives by itself takes no step.
      [2_500, 0],
    ] as const) {
      expect(await firstProblems(moveWorld({ fastBp, feeBp, alpha: [fast, fee] }))).toEqual([
        told(
          fast,
          'alpha',
          'vault set-fast-limit (asset 1, fastBp 5000)',
          `vault set-fast-limit (asset 1, fastBp ${fastBp})`,
        ),
        told(fee, 'alpha', 'vault set-lock-fee (asset 1, feeBp 30)', `vault set-lock-fee (asset 1, feeBp ${feeBp})`),
      ]);
    }
  });

  it('let it go on where they are the old vault’s, or of another token', async () => {
    const alpha = [await setting('setFastLimit', 1, 5_000), await setting('setLockFee', 2, 30)];
    expect(await firstProblems(moveWorld({ fastBp: 5_000, alpha }))).toEqual([]);
  });

  it('let it go on once the new vault is the successor: its values are its own by then', async () => {
    const alpha = [await setting('setFastLimit', 1, 5_000)];
    expect(await firstProblems(moveWorld({ successor: await next(), cap: 0n, alpha }))).toEqual([]);
  });
});

describe('a listing of an earlier run that waits', () => {
  const listing = async (limit: bigint): Promise<WaitingCall> =>
    actTitled(await planMove(moveWorld({ limit })), 'the new vault takes the token').call;

  it('refuses the move while it has another limit than the old vault by now', async () => {
    const waiting = await listing(1_000n);
    expect(await firstProblems(moveWorld({ alpha: [waiting] }))).toEqual([]);
    expect(await firstProblems(moveWorld({ limit: 100n, alpha: [waiting] }))).toEqual([
      told(
        waiting,
        'alpha',
        `vault list-asset (token ${token}, decimals 18, min 1, cap 5, limit 1000)`,
        `vault list-asset (token ${token}, decimals 18, min 1, cap 5, limit 100)`,
      ),
    ]);
  });

  it('lets it go on once the token is listed: it can never run', async () => {
    const world = moveWorld({ limit: 100n, isNewListed: true, alpha: [await listing(1_000n)] });
    expect(await firstProblems(world)).toEqual([]);
  });

  it('refuses the move while it has other weights at the ledger', async () => {
    const listed = (vaultAsset: number, initialBp: number, of = source): WaitingCall => {
      const terms = { source: of, vaultAsset, underlying: 1, ownPrice: 0, decimals: 18, initialBp, maintenanceBp: 9_500, minMillionths: 1n, capThousandths: 5n }; // prettier-ignore
      return {
        to: ledger,
        data: encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'listAsset', args: [terms] }),
      };
    };
    const found = (...settlement: WaitingCall[]): Promise<readonly string[]> =>
      firstProblems(moveWorld({ isOldListed: true, settlement }));
    expect(await found(listed(1, 9_000), listed(2, 100), listed(1, 100, 9))).toEqual([]);
    expect(await found(listed(1, 8_000))).toEqual([
      expect.stringMatching(
        /on settlement would make ledger list-asset \(.*initialBp 8000,.*expected none but ledger list-asset \(.*initialBp 9000,/,
      ),
    ]);
  });
});
