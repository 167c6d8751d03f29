import { collateralLedgerAbi } from '@surety/contracts';
import { type Bytes32, address, blockHash, bytes32, txHash } from '@surety/domain';
import type { ChainLog } from '@surety/workflows';
import { type Abi, encodeAbiParameters, encodeEventTopics, stringToHex } from 'viem';
import { describe, expect, it } from 'vitest';
import { word } from '../testing/test-attesters.js';
import { APPENDED_TOPICS, LEDGER_FACT_TOPICS, decodeFacts } from './decode-facts.js';

const LEDGER = address(`0x${'b2'.repeat(20)}`);
const ACCOUNT = word(7);

/** Writes an event as the ledger would emit it: indexed arguments as topics, the others as data. */
function log(eventName: string, args: Record<string, unknown>, tx = 1): ChainLog {
  const event = collateralLedgerAbi.find((item) => item.type === 'event' && item.name === eventName);
  if (event?.type !== 'event') throw new TypeError(`${eventName} is no event of the ledger`);
  const abi: Abi = [event];
  const topics: unknown[] = encodeEventTopics({ abi, eventName, args });
  const inputs: readonly { readonly name: string; readonly indexed?: boolean }[] = event.inputs;
  const plain = inputs.filter((input) => input.indexed !== true);
  const data = encodeAbiParameters(plain as never, plain.map((input) => args[input.name]) as never);
  return {
    address: LEDGER,
    topics: topics.map((topic) => topic as Bytes32),
    data,
    blockHeight: 5n as ChainLog['blockHeight'],
    blockHash: blockHash(word(5)),
    txHash: txHash(word(tx)),
    logIndex: 0,
  };
}

const terms = {
  source: 1,
  originChainId: 901n,
  vault: LEDGER,
  initialBp: 9_000,
  maintenanceBp: 9_500,
  staleAfterMin: 90,
  darkAfterMin: 360,
  floorAfterMin: 4_320,
  m: 0,
  development: true,
};

describe('decodeFacts', () => {
  it('leaves out logs of events that it does not know', () => {
    const stranger = {
      ...log('Applied', { edge: word(1), from: 0n, to: 1n, head: word(2), feeTo: ACCOUNT }),
      topics: [word(3)],
    };
    const bare = { ...stranger, topics: [] };
    expect(decodeFacts([stranger, bare], 900)).toEqual({ transactions: [], termsChanged: false });
  });

  it('groups the facts of a transaction, in order', () => {
    const parked = { source: 1, index: 2n, account: ACCOUNT, vaultAsset: 3, amount: 70n, fee: 1n, reason: 2 };
    const applied = { edge: word(1), from: 0n, to: 2n, head: word(2), feeTo: ACCOUNT };
    const { transactions, termsChanged } = decodeFacts(
      [
        log('Parked', parked),
        log('EntryRefused', { source: 1, index: 1n, kind: 2 }),
        log('Applied', applied),
        log('Applied', { ...applied, from: 2n }, 2),
      ],
      900,
    );
    expect(termsChanged).toBe(true);
    expect(transactions.map((one) => one.facts)).toEqual([
      [
        { kind: 'parked', ...parked, reason: 'CAP' },
        { kind: 'refused', source: 1, index: 1n },
        { kind: 'applied', ...applied, txHash: word(1) },
      ],
      [{ kind: 'applied', ...applied, from: 2n, txHash: word(2) }],
    ]);
    expect(transactions[0]?.block).toEqual({ chainId: 900, height: 5n, hash: word(5) });
  });

  it('reads what lists sources and assets, enables lines and unparks credits', () => {
    const asset = {
      source: 1,
      vaultAsset: 2,
      underlying: 3,
      ownPrice: 0,
      decimals: 18,
      initialBp: 8_000,
      maintenanceBp: 8_500,
      minMillionths: 1n,
      capThousandths: 5n,
    };
    const unparked = { source: 1, index: 9n, account: ACCOUNT, assetId: 4, amount: 70n, fee: 1n, feeTo: word(8) };
    const { transactions } = decodeFacts(
      [
        log('SourceListed', { source: 1, edge: word(1), outboundEdge: word(2), terms }),
        log('AssetListed', { assetId: 4, terms: asset }),
        log('Enabled', { account: ACCOUNT, assetId: 4, on: true }),
        log('Postponed', { source: 1, index: 9n, reason: 6, readyAt: 5 }),
        log('Unparked', unparked),
      ],
      900,
    );
    expect(transactions[0]?.facts).toEqual([
      { kind: 'source-listed', source: 1, edge: word(1), outboundEdge: word(2), originChainId: 901, vault: LEDGER },
      { kind: 'asset-listed', assetId: 4, source: 1, vaultAsset: 2, underlying: 3, ownPrice: 0, decimals: 18 },
      { kind: 'enabled', account: ACCOUNT, assetId: 4, on: true },
      { kind: 'postponed', source: 1, index: 9n, reason: 'SEASON' },
      { kind: 'unparked', ...unparked },
    ]);
  });

  it('reads what other entries of the ledger’s journal, refunds, seasons, coverages and transfers say', () => {
    const journaled = { edge: word(2), index: 3n, kind: 17, asset: 1, amount: 7n, account: ACCOUNT, party: word(9) };
    const refunded = { source: 1, seq: 2n ** 64n + 5n, account: ACCOUNT, assetId: 4, amount: 70n };
    const moved = { from: ACCOUNT, to: word(8), assetId: 4, amount: 70n };
    const { transactions, termsChanged } = decodeFacts(
      [
        log('Journaled', journaled),
        log('Refunded', refunded),
        log('ParkedReleased', { source: 1, index: 5n, account: ACCOUNT, vaultAsset: 1, amount: 9n, number: 4n }),
        log('Unseasoned', { account: ACCOUNT, assetId: 4, unseasoned: 6n, seasonEnd: 77 }),
        log('CoverageReported', { source: 1, vaultAsset: 2, coverageWad: 5n, inForceWad: 7n, impairedSince: 9 }),
        log('LossSettled', { source: 1, vaultAsset: 2, lostSeq: 3n }),
        log('Covered', { source: 1, vaultAsset: 2, coverageWad: 5n }),
        log('Transferred', { ...moved, cause: stringToHex('transfer', { size: 32 }) }),
        log('Transferred', { ...moved, cause: stringToHex('seize', { size: 32 }) }),
        log('SourceStateChanged', {
          source: 1,
          state: 3,
          until: 99,
          cause: stringToHex('refused entry', { size: 32 }),
        }),
      ],
      900,
    );
    expect(termsChanged).toBe(true);
    expect(transactions[0]?.facts).toMatchObject([
      {
        kind: 'journaled',
        edge: word(2),
        entryKind: 17,
        vaultAsset: 1,
        amount: 7n,
        party: word(9),
        location: { index: 3n },
      },
      { kind: 'refunded', ...refunded },
      { kind: 'parked-released', source: 1, index: 5n, account: ACCOUNT, amount: 9n },
      { kind: 'unseasoned', account: ACCOUNT, assetId: 4, unseasoned: 6n, seasonEnd: 77n },
      { kind: 'coverage-reported', source: 1, vaultAsset: 2, coverageWad: 5n, inForceWad: 7n, impairedSince: 9n },
      { kind: 'loss-settled', source: 1, vaultAsset: 2, lostSeq: 3n },
      { kind: 'covered', source: 1, vaultAsset: 2, coverageWad: 5n },
      { kind: 'transferred', ...moved, isSeized: false },
      { kind: 'transferred', ...moved, isSeized: true },
      { kind: 'source-state', source: 1, state: 'QUARANTINED', until: 99n, cause: 'refused entry' },
    ]);
  });

  it('reads what a rewind says, and what becomes of orphans', () => {
    const noted = { source: 1, seq: 3n, entryHash: word(5), vaultAsset: 2, units: 7n };
    const takenBack = { source: 1, entryHash: word(5), account: ACCOUNT, vaultAsset: 2, taken: 9n, missing: 1n };
    const voided = { source: 1, index: 4n, account: ACCOUNT, amount: 7n };
    const off = { source: 1, vaultAsset: 2, units: 6n, found: true, lostSeq: 8n };
    const opened = { source: 1, edge: word(3), previous: word(1), generation: 1 };
    const { transactions, termsChanged } = decodeFacts(
      [
        log('Rewinding', { source: 1, edge: word(1), next: word(3), count: 2n, head: word(4) }),
        log('Orphaned', noted),
        log('MissingAgain', noted),
        log('ParkedVoided', voided),
        log('RefundUndone', { source: 1, seq: 3n }),
        log('ReportUnwound', { source: 1, vaultAsset: 2 }),
        log('LossReopened', { source: 1, vaultAsset: 2, lostSeq: 8n }),
        log('Unwound', { source: 1, count: 2n }),
        log('EdgeOpened', opened),
        log('CameAgain', noted),
        log('Found', noted),
        log('TakenBack', takenBack),
        log('WrittenOff', off),
      ],
      900,
    );
    expect(termsChanged).toBe(true);
    expect(transactions[0]?.facts).toEqual([
      { kind: 'rewinding', source: 1, edge: word(1), next: word(3), count: 2n, head: word(4) },
      { kind: 'orphaned', ...noted },
      { kind: 'missing-again', ...noted },
      { kind: 'parked-voided', ...voided },
      { kind: 'refund-undone', source: 1, seq: 3n },
      { kind: 'report-unwound', source: 1, vaultAsset: 2 },
      { kind: 'loss-reopened', source: 1, vaultAsset: 2, lostSeq: 8n },
      { kind: 'unwound', source: 1, count: 2n },
      { kind: 'edge-opened', ...opened },
      { kind: 'came-again', ...noted },
      { kind: 'found', ...noted },
      { kind: 'taken-back', ...takenBack },
      { kind: 'written-off', ...off },
    ]);
  });

  it('reads which protocols an account has to do with, and when one asked about it', () => {
    const who = { account: ACCOUNT, protocol: `0x${'99'.repeat(20)}` as const };
    const logs = [log('OptedIn', who), log('Gated', { ...who, reserved: 5n }), log('OptedOut', who)];
    const { transactions, termsChanged } = decodeFacts(logs, 900);
    expect(termsChanged).toBe(false);
    expect(transactions.flatMap(({ facts }) => facts)).toEqual([
      { kind: 'opted', ...who, in: true },
      { kind: 'gated', account: ACCOUNT },
      { kind: 'opted', ...who, in: false },
    ]);
  });

  it('says that terms changed when a price’s age or a state may have, without a fact', () => {
    const refreshed = log('Refreshed', { edge: word(1), count: 3n, asOf: 100n });
    expect(decodeFacts([refreshed], 900)).toEqual({ transactions: [], termsChanged: true });
    const adopted = log('RiskManagerAdopted', { next: LEDGER });
    expect(decodeFacts([adopted], 900)).toEqual({ transactions: [], termsChanged: true });
    const weights = { version: 1, initialBp: 9_000, fromBp: 9_800, maintenanceBp: 9_500, start: 5, end: 86_405 };
    const scheduled = log('ParamsScheduled', { source: 1, assetId: 4, ...weights });
    expect(decodeFacts([scheduled], 900)).toEqual({ transactions: [], termsChanged: true });
    const paused = log('Paused', { source: 1, assetId: 0, flags: 2, until: 9 });
    expect(decodeFacts([paused], 900)).toEqual({ transactions: [], termsChanged: false });
    expect(bytes32(ACCOUNT)).toBe(ACCOUNT);
  });
});

it('asks a ledger for what gives a fact or changes weights, and for the newest releases alone', () => {
  const topicOf = (eventName: 'Applied' | 'CapSet' | 'Observed' | 'Released' | 'Journaled') =>
    encodeEventTopics({ abi: collateralLedgerAbi, eventName })[0];
  expect(LEDGER_FACT_TOPICS).toContain(topicOf('Applied'));
  expect(LEDGER_FACT_TOPICS).toContain(topicOf('CapSet'));
  expect(LEDGER_FACT_TOPICS).not.toContain(topicOf('Observed'));
  expect(APPENDED_TOPICS.toSorted()).toEqual([topicOf('Released'), topicOf('Journaled')].toSorted());
});
