import { collateralLedgerAbi, developmentTokenAbi, lockGatewayAbi } from '@surety/contracts';
import { type AccountName, devnetAccount } from '@surety/devnet';
import { ZERO_WORD, bytesToHex, parseAccountId, unpackEntry } from '@surety/domain';
import type { Abi } from 'viem';
import type { Random } from '../simulation/random.js';
import type { ActedCall } from './acted-chain.js';
import { OWNERS, type Side, type TwoWorlds, vaultAbi } from './two-worlds.js';

const ledgerAbi = collateralLedgerAbi as Abi;

/** What an act is drawn from. */
export interface Drawing {
  readonly worlds: TwoWorlds;
  readonly side: Side;
  readonly random: Random;
}

/** One kind of thing that somebody may do, with how often it is drawn. A new act is one more row of a list. */
export interface Act {
  readonly name: string;
  readonly weight: number;
  /** Returns the transaction, or undefined where there is nothing to do it to. */
  draw(drawing: Drawing): ActedCall | undefined | Promise<ActedCall | undefined>;
}

const wholeOf = [10n ** 6n, 10n ** 8n, 10n ** 18n];
const hexOf = (bytes: Uint8Array): string => bytesToHex(bytes);
const soon = ({ worlds }: Drawing, random: Random): number => Number(worlds.now) + random.whole(60, 7_200);

/** Any amount up to some whole tokens, now and then dust, nothing or the whole. */
function anyAmount(random: Random, most: bigint): bigint {
  if (random.chance(0.05)) return BigInt(random.whole(0, 2));
  if (random.chance(0.1)) return most;
  return (most * BigInt(random.whole(1, 1_000_000))) / 1_000_000n;
}

/** An owner, now and then a token: what is for it can never be paid, only claimed or given back. */
function anyRecipient(side: Side, random: Random): string {
  const recipient = random.chance(0.02) ? random.pick(side.tokens) : devnetAccount(random.pick(OWNERS)).address;
  return `0x${'0'.repeat(24)}${recipient.slice(2)}`;
}

function onVault(side: Side, by: AccountName, functionName: string, args: readonly unknown[]): ActedCall {
  return { by, to: side.vault, abi: vaultAbi, functionName, args };
}

function onLedger(worlds: TwoWorlds, by: AccountName, functionName: string, args: readonly unknown[]): ActedCall {
  return { by, to: worlds.ledger, abi: ledgerAbi, functionName, args };
}

function ownerOf(account: string): AccountName | undefined {
  const { owner } = parseAccountId(account);
  return OWNERS.find((name) => devnetAccount(name).address === owner);
}

/** A payment that was replayed, any of the newest. */
function anyPayment({ side, random }: Drawing): bigint | undefined {
  if (side.replayed === 0n) return undefined;
  const back = BigInt(random.whole(0, Number(side.replayed < 200n ? side.replayed : 200n) - 1));
  return side.replayed - back;
}

/** A payment in a state, of any age, or any of the newest where there is none: refunds and what is given back wait for 30 days. */
function paymentIn(state: string, drawing: Drawing): bigint | undefined {
  const open = [...drawing.side.payments].filter(([, payment]) => payment.state === state).map(([seq]) => seq);
  return open.length > 0 ? drawing.random.pick(open) : anyPayment(drawing);
}

/** What happens on a vault's chain. */
export const VAULT_ACTS: readonly Act[] = [
  {
    name: 'lock',
    weight: 40,
    draw: ({ worlds, side, random }) => {
      const at = random.whole(0, 1);
      const amount = anyAmount(random, 40n * (wholeOf[at] as bigint));
      const fee = random.chance(0.5) ? 0n : amount / BigInt(random.whole(2, 90));
      return onVault(side, random.pick(OWNERS), 'lock', [at + 1, amount, worlds.anyAccount(random), ZERO_WORD, fee, 0]);
    },
  },
  {
    name: 'lock native coin',
    weight: 10,
    draw: ({ worlds, side, random }) => {
      const value = anyAmount(random, 10n ** 16n);
      const args = [side.vault, worlds.anyAccount(random), ZERO_WORD, value / 50n, 0];
      const by = random.pick(OWNERS);
      return { by, to: side.gateway, abi: lockGatewayAbi, functionName: 'lockNative', args, value };
    },
  },
  {
    name: 'replay releases',
    weight: 8,
    draw: async ({ worlds, side, random }) => {
      const { count } = side.releases;
      if (count === side.replayed) return undefined;
      const waiting = count - side.replayed;
      const to =
        random.chance(0.7) && waiting <= 64n
          ? count
          : side.replayed + BigInt(random.whole(1, Math.min(64, Number(waiting))));
      const from = side.replayed - BigInt(random.chance(0.3) ? random.whole(0, Math.min(8, Number(side.replayed))) : 0);
      const { statement, signatures } = await worlds.sign(side, side.releases, to);
      const entries = hexOf(side.releases.entries(from, to));
      return onVault(side, random.pick(['relayerA', 'relayerB']), 'applyReleases', [
        from,
        entries,
        [],
        statement,
        signatures,
      ]);
    },
  },
  {
    name: 'pay',
    weight: 25,
    draw: (drawing) => {
      const seq = anyPayment(drawing);
      if (seq === undefined) return undefined;
      const { side, random } = drawing;
      const by = random.pick(OWNERS);
      const entry = hexOf(side.releases.entries(seq - 1n, seq));
      return onVault(side, by, 'pay', [seq, entry, devnetAccount(by).address]);
    },
  },
  {
    name: 'claim',
    weight: 10,
    draw: (drawing) => {
      const { side, random } = drawing;
      const seq = paymentIn('CLAIMABLE', drawing);
      if (seq === undefined) return undefined;
      return onVault(side, random.pick(OWNERS), 'claim', [seq, hexOf(side.releases.entries(seq - 1n, seq))]);
    },
  },
  {
    name: 'stop a payment',
    weight: 3,
    draw: (drawing) => {
      const seq = paymentIn('QUEUED', drawing);
      if (seq === undefined) return undefined;
      const { side } = drawing;
      return onVault(side, 'guardian', 'stop', [seq, hexOf(side.releases.entries(seq - 1n, seq)), ZERO_WORD]);
    },
  },
  {
    name: 'refund a stopped payment',
    weight: 2,
    draw: (drawing) => {
      const { side } = drawing;
      const seq = paymentIn('STOPPED', drawing);
      if (seq === undefined) return undefined;
      const { asset, amount, account } = unpackEntry(side.releases.entries(seq - 1n, seq));
      return onVault(side, 'relayerA', 'refund', [seq, asset, amount, account]);
    },
  },
  {
    name: 'give back a payment',
    weight: 1,
    draw: (drawing) => {
      const { side } = drawing;
      const seq = paymentIn('CLAIMABLE', drawing);
      if (seq === undefined) return undefined;
      return onVault(side, 'relayerA', 'giveBack', [seq, hexOf(side.releases.entries(seq - 1n, seq))]);
    },
  },
  {
    name: 'bring lost tokens back',
    weight: 0.05,
    draw: ({ side, random }) => {
      const [lost] = side.lost;
      if (lost === undefined || random.chance(0.5)) return undefined;
      const [token, amount] = lost;
      side.lost.delete(token);
      return { by: 'faucet', to: token, abi: developmentTokenAbi, functionName: 'mint', args: [side.vault, amount] };
    },
  },
  {
    name: 'report a shortage',
    weight: 4,
    draw: ({ side, random }) => onVault(side, random.pick(OWNERS), 'report', [random.whole(1, 2)]),
  },
  {
    name: 'pause a vault',
    weight: 1,
    draw: (drawing) => {
      const { side, random } = drawing;
      return onVault(side, 'pauser', 'pause', [random.pick([1, 8, 9]), random.whole(1, 3), soon(drawing, random)]);
    },
  },
  {
    name: 'unpause a vault',
    weight: 3,
    draw: ({ side, random }) => onVault(side, 'governor', 'unpause', [9, random.whole(1, 3)]),
  },
];

/** What happens on the settlement chain. */
export const LEDGER_ACTS: readonly Act[] = [
  {
    name: 'apply',
    weight: 8,
    draw: async ({ worlds, side, random }) => {
      const { count } = side.locks;
      if (count === side.applied) return undefined;
      const waiting = count - side.applied;
      const to =
        random.chance(0.7) && waiting <= 64n
          ? count
          : side.applied + BigInt(random.whole(1, Math.min(64, Number(waiting))));
      const from = side.applied - BigInt(random.chance(0.3) ? random.whole(0, Math.min(8, Number(side.applied))) : 0);
      const { statement, signatures } = await worlds.sign(side, side.locks, to);
      const args = [
        side.source,
        from,
        hexOf(side.locks.entries(from, to)),
        [],
        statement,
        signatures,
        worlds.anyAccount(random),
      ];
      return onLedger(worlds, random.pick(['relayerA', 'relayerB']), 'applyEntries', args);
    },
  },
  {
    name: 'refresh',
    weight: 2,
    // Taken where a batch before it in the same block reached the newest entry.
    draw: async ({ worlds, side }) => {
      const { statement, signatures } = await worlds.sign(side, side.locks, side.locks.count);
      return onLedger(worlds, 'relayerA', 'refresh', [[statement], [signatures]]);
    },
  },
  {
    name: 'request a release',
    weight: 30,
    draw: ({ worlds, side, random }) => {
      const lines = worlds.fold.lines.filter(({ assetId, amount }) => amount > 0n && side.assetIds.includes(assetId));
      if (lines.length === 0) return undefined;
      const { account, assetId, amount } = random.pick(lines);
      const by = ownerOf(account);
      if (by === undefined) return undefined;
      const part = anyAmount(random, random.chance(0.1) ? amount + 1n : amount / (random.chance(0.7) ? 20n : 1n));
      const args = [account, assetId, part, anyRecipient(side, random), random.chance(0.4) ? part / 30n : 0n];
      return onLedger(worlds, random.chance(0.95) ? by : random.pick(OWNERS), 'requestRelease', args);
    },
  },
  {
    name: 'unpark',
    weight: 6,
    draw: ({ worlds, side, random }) => {
      const parked = worlds.fold.parked.filter(({ source }) => source === side.source);
      if (parked.length === 0) return undefined;
      const { index } = random.pick(parked);
      return onLedger(worlds, random.pick(OWNERS), 'unpark', [side.source, index]);
    },
  },
  {
    name: 'release parked credit',
    weight: 3,
    draw: ({ worlds, side, random }) => {
      const parked = worlds.fold.parked.filter(({ source }) => source === side.source);
      if (parked.length === 0) return undefined;
      const { index, account } = random.pick(parked);
      return onLedger(worlds, ownerOf(account) ?? 'alice', 'releaseParked', [
        side.source,
        index,
        anyRecipient(side, random),
      ]);
    },
  },
  {
    name: 'transfer',
    weight: 4,
    draw: ({ worlds, side, random }) => {
      const lines = worlds.fold.lines.filter(({ assetId, amount }) => amount > 0n && side.assetIds.includes(assetId));
      if (lines.length === 0) return undefined;
      const { account, assetId, amount } = random.pick(lines);
      const args = [account, worlds.anyAccount(random), assetId, anyAmount(random, amount)];
      return onLedger(worlds, ownerOf(account) ?? 'alice', 'transfer', args);
    },
  },
  {
    name: 'cover',
    weight: 3,
    draw: ({ worlds, side, random }) => onLedger(worlds, 'relayerA', 'cover', [random.pick(side.assetIds)]),
  },
  {
    name: 'enable',
    weight: 4,
    draw: ({ worlds, side, random }) => {
      const account = worlds.anyAccount(random);
      const args = [account, random.pick(side.assetIds), random.chance(0.5)];
      return onLedger(worlds, ownerOf(account) ?? 'alice', 'setEnabled', args);
    },
  },
  {
    name: 'set a cap',
    weight: 2,
    draw: ({ worlds, side, random }) => {
      const cap = random.chance(0.4) ? random.whole(1_000, 100_000) : random.whole(1_000_000, 50_000_000);
      return onLedger(worlds, 'governor', 'setCap', [random.pick(side.assetIds), cap]);
    },
  },
  {
    name: 'pause the ledger',
    weight: 1,
    draw: (drawing) => {
      const { worlds, side, random } = drawing;
      const target = random.chance(0.5) ? [side.source, 0] : [0, random.pick(side.assetIds)];
      return onLedger(worlds, 'pauser', 'pause', [...target, 2, soon(drawing, random)]);
    },
  },
  {
    name: 'unpause the ledger',
    weight: 3,
    draw: ({ worlds, side, random }) => {
      const target = random.chance(0.5) ? [side.source, 0] : [0, random.pick(side.assetIds)];
      return onLedger(worlds, 'governor', 'unpause', target);
    },
  },
  {
    name: 'quarantine',
    weight: 0.3,
    draw: (drawing) =>
      onLedger(drawing.worlds, 'guardian', 'quarantine', [drawing.side.source, soon(drawing, drawing.random)]),
  },
];

/** Draws one act by weight. */
export function pickAct(acts: readonly Act[], random: Random): Act {
  const whole = acts.reduce((sum, { weight }) => sum + weight, 0);
  let left = random.unit() * whole;
  for (const act of acts) {
    left -= act.weight;
    if (left < 0) return act;
  }
  return acts[0] as Act;
}
