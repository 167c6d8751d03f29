import { collateralLedgerAbi, keccak256 } from '@surety/contracts';
import { devnetAccount } from '@surety/devnet';
import { type AccountId, WAD, accountId, bytesToHex, coveredLine, hexToBytes } from '@surety/domain';
import { type ChainRows, type LineFact, PARK_REASONS, PAYMENT_STATES, noRows, stateHash } from '@surety/workflows';
import type { ContractCall } from './acted-chain.js';
import { OWNERS, type Side, type TwoWorlds, vaultAbi } from './two-worlds.js';

/** Rows of one kind, on the chains and in the fold, as text that is compared. */
type Rows = Map<string, string>;

interface ChainLine {
  readonly amount: bigint;
  readonly unseasoned: bigint;
  readonly seasonEnd: number;
  readonly enabled: boolean;
}

const show = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));

/** Lists the rows that differ between the chains and the fold; empty if they are the same. */
export async function compareWorlds(worlds: TwoWorlds): Promise<readonly string[]> {
  const lines = await readLines(worlds);
  const kinds: readonly [string, Rows, Rows][] = [
    [
      'line',
      new Map(lines.map((line) => [`${line.account}:${line.assetId}`, showLine(line)])),
      foldedLines(worlds, lines),
    ],
    ['parked', ...(await parkedRows(worlds))],
    ['sums', ...(await sumRows(worlds))],
    ['coverage', ...(await coverageRows(worlds))],
    ['replica', ...(await replicaRows(worlds))],
    ...(await Promise.all(
      worlds.sides.map(async (side): Promise<[string, Rows, Rows]> => [
        `payment of ${side.source}`,
        ...(await paymentRows(side)),
      ]),
    )),
  ];
  const differences = kinds.flatMap(([kind, onChain, folded]) =>
    [...new Set([...onChain.keys(), ...folded.keys()])]
      .filter((key) => onChain.get(key) !== folded.get(key))
      .map((key) => `${kind} ${key}: the chain has ${onChain.get(key)}, the fold ${folded.get(key)}`),
  );
  const [theirs, ours] = await Promise.all([hashOf(worlds, lines, 'chain'), hashOf(worlds, worlds.fold.lines, 'fold')]);
  return theirs === ours
    ? differences
    : [...differences, `state hash: ${theirs} of the chain's rows, ${ours} of the fold's`];
}

const showLine = ({ amount, unseasoned, seasonEnd, enabled }: LineFact): string =>
  show([amount, unseasoned, seasonEnd, enabled]);

const onLedger = (worlds: TwoWorlds, functionName: string, args: readonly unknown[]): ContractCall => ({
  to: worlds.ledger,
  abi: collateralLedgerAbi,
  functionName,
  args,
});

function allAccounts(): AccountId[] {
  return OWNERS.flatMap((name) =>
    [0n, 1n].map((sub) => accountId({ owner: devnetAccount(name).address, home: 0, sub })),
  ).sort();
}

async function readLines(worlds: TwoWorlds): Promise<LineFact[]> {
  const assetIds = worlds.sides.flatMap((side) => side.assetIds).sort((a, b) => a - b);
  const keys = allAccounts().flatMap((account) => assetIds.map((assetId) => ({ account, assetId })));
  const answers = await worlds.settlement.read(
    keys.map(({ account, assetId }) => onLedger(worlds, 'lineOf', [account, assetId])),
  );
  return keys.map((key, at) => {
    const { amount, unseasoned, seasonEnd, enabled } = answers[at] as ChainLine;
    return { ...key, amount, unseasoned, seasonEnd: BigInt(seasonEnd), enabled };
  });
}

function foldedLines(worlds: TwoWorlds, universe: readonly LineFact[]): Rows {
  const empty = { amount: 0n, unseasoned: 0n, seasonEnd: 0n, enabled: false };
  const held = new Map(worlds.fold.lines.map((line) => [`${line.account}:${line.assetId}`, line]));
  for (const { account, assetId } of universe) {
    const key = `${account}:${assetId}`;
    if (!held.has(key)) held.set(key, { account, assetId, ...empty });
  }
  return new Map([...held].map(([key, line]) => [key, showLine(line)]));
}

async function parkedRows(worlds: TwoWorlds): Promise<[Rows, Rows]> {
  const keys = [...worlds.everParked];
  const answers = await worlds.settlement.read(
    keys.map((key) => onLedger(worlds, 'parkedOf', [Number(key.split(':')[0]), BigInt(key.split(':')[1] ?? 0)])),
  );
  const onChain: Rows = new Map();
  for (const [at, key] of keys.entries()) {
    const { account, amount, fee, vaultAsset, reason } = answers[at] as Readonly<Record<string, unknown>>;
    const name = PARK_REASONS[Number(reason)];
    if (name !== 'NONE') onChain.set(key, show([account, amount, fee, vaultAsset, name]));
  }
  const folded = worlds.fold.parked.map((kept): [string, string] => {
    const { source, index, account, amount, fee, vaultAsset, reason } = kept;
    return [`${source}:${index}`, show([account, amount, fee, vaultAsset, reason])];
  });
  return [onChain, new Map(folded)];
}

async function sumRows(worlds: TwoWorlds): Promise<[Rows, Rows]> {
  const assetIds = worlds.sides.flatMap((side) => side.assetIds);
  const answers = await worlds.settlement.read(assetIds.map((assetId) => onLedger(worlds, 'assetOf', [assetId])));
  const onChain: Rows = new Map();
  const folded: Rows = new Map();
  for (const [at, assetId] of assetIds.entries()) {
    const { credited, parked, releasedCum } = answers[at] as Readonly<Record<string, bigint>>;
    const sums = worlds.fold.sums.get(assetId);
    onChain.set(`${assetId}`, show([credited, parked, releasedCum]));
    folded.set(`${assetId}`, show([sums?.lines ?? 0n, sums?.parked ?? 0n, sums?.released ?? 0n]));
  }
  for (const side of worlds.sides) {
    const indices = side.assetIds.map((_, at) => at + 1);
    const kept = await side.chain.read(
      indices.map((index) => ({ to: side.vault, abi: vaultAbi, functionName: 'assetOf', args: [index] })),
    );
    for (const index of indices) {
      const { owed = 0n, paidCum = 0n, coverage = 0n } = kept[index - 1] as Readonly<Record<string, bigint>>;
      const sums = side.fold.sums.get(index);
      onChain.set(`vault ${side.source}:${index}`, show([owed, paidCum, coverage]));
      folded.set(`vault ${side.source}:${index}`, show([sums?.owed ?? 0n, sums?.paid ?? 0n, sums?.coverageWad ?? 0n]));
    }
  }
  return [onChain, folded];
}

/** Coverages as the ledger keeps them, and lines as it hands them to the risk manager. */
async function coverageRows(worlds: TwoWorlds): Promise<[Rows, Rows]> {
  const onChain: Rows = new Map();
  const folded: Rows = new Map();
  const assets = worlds.sides.flatMap(({ source, assetIds }) =>
    assetIds.map((_, at) => ({ source, vaultAsset: at + 1 })),
  );
  const answers = await worlds.settlement.read(
    assets.map(({ source, vaultAsset }) => onLedger(worlds, 'coverageOf', [source, vaultAsset])),
  );
  for (const [at, asset] of assets.entries()) {
    const [inForce, reported, since, , lostSeq] = answers[at] as readonly [bigint, bigint, number, number, bigint];
    const kept = worlds.fold.coverageOf(asset);
    onChain.set(`${asset.source}:${asset.vaultAsset}`, show([inForce, reported, BigInt(since), lostSeq]));
    const figures = [kept.inForceWad, kept.reportedWad, kept.impairedSince, kept.lostSeq];
    folded.set(`${asset.source}:${asset.vaultAsset}`, show(figures));
  }
  const accounts = allAccounts();
  const weighed = await worlds.settlement.read(accounts.map((account) => onLedger(worlds, 'lineWordsOf', [account])));
  for (const [at, account] of accounts.entries()) {
    const [assetIds, words] = weighed[at] as readonly [readonly number[], readonly { readonly line: bigint }[]];
    for (const [place, { line }] of words.entries()) {
      const [amount, unseasoned] = [BigInt.asUintN(112, line), BigInt.asUintN(104, line >> 112n)];
      onChain.set(`counted ${account}:${assetIds[place]}`, show([amount, unseasoned]));
    }
  }
  const inForce = worlds.fold.coveragesInForce;
  for (const line of worlds.fold.lines.filter(({ enabled }) => enabled)) {
    const { amount, unseasoned } = coveredLine(line, inForce.get(line.assetId) ?? WAD);
    folded.set(`counted ${line.account}:${line.assetId}`, show([amount, unseasoned]));
  }
  return [onChain, folded];
}

async function replicaRows(worlds: TwoWorlds): Promise<[Rows, Rows]> {
  const onChain: Rows = new Map();
  for (const side of worlds.sides) {
    const [replica, journal] = (await worlds.settlement.read(
      ['replicaOf', 'journalHead'].map((name) => onLedger(worlds, name, [side.source])),
    )) as readonly (readonly unknown[])[];
    const [back] = (await side.chain.read([
      { to: side.vault, abi: vaultAbi, functionName: 'replicaState', args: [] },
    ])) as readonly (readonly unknown[])[];
    for (const row of [replica, journal, back]) {
      const isJournal = row === journal;
      onChain.set(`${isJournal ? 'journal' : 'replica'} ${String(row?.[0])}`, show([row?.[1], row?.[2]]));
    }
  }
  const folded: Rows = new Map(
    [...worlds.fold.replicas, ...worlds.sides.map(({ fold }) => fold.replica)].map(({ edge, count, head }) => [
      `replica ${edge}`,
      show([count, head]),
    ]),
  );
  for (const { edge, count, head } of worlds.fold.journals) folded.set(`journal ${edge}`, show([count, head]));
  return [onChain, folded];
}

async function paymentRows(side: Side): Promise<[Rows, Rows]> {
  const onChain = await readPayments(side);
  const folded = [...side.payments].map(([seq, { entryHash, state }]): [string, string] => [
    `${seq}`,
    show([bytesToHex(entryHash), state]),
  ]);
  return [
    new Map(onChain.map(({ seq, entryHash, state }) => [`${seq}`, show([bytesToHex(entryHash), state])])),
    new Map(folded),
  ];
}

async function readPayments(side: Side) {
  const seqs = Array.from({ length: Number(side.replayed) }, (_, at) => BigInt(at + 1));
  const answers = await side.chain.read(
    seqs.map((seq) => ({ to: side.vault, abi: vaultAbi, functionName: 'payment', args: [seq] })),
  );
  return seqs.map((seq, at) => {
    const { entryHash, state } = answers[at] as { readonly entryHash: string; readonly state: number };
    const name = PAYMENT_STATES[state];
    if (name === undefined)
      throw new Error(`payment ${seq} has state ${state}; expected one of ${PAYMENT_STATES.join()}`);
    return { edge: side.releases.edge, seq, entryHash: hexToBytes(entryHash, 25), state: name };
  });
}

/** The state hash of invariant I11 over the chain's rows or the fold's, each chain at the block that was mined last. */
async function hashOf(worlds: TwoWorlds, lines: readonly LineFact[], whose: 'chain' | 'fold'): Promise<string> {
  async function* page<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
    yield rows;
  }
  const ascending = lines.toSorted((a, b) =>
    a.account === b.account ? a.assetId - b.assetId : a.account < b.account ? -1 : 1,
  );
  const vaultRows = async (side: Side): Promise<ChainRows> => {
    const payments =
      whose === 'chain'
        ? await readPayments(side)
        : [...side.payments]
            .map(
              ([seq, row]) =>
                ({ edge: side.releases.edge, seq, ...row }) as Awaited<ReturnType<typeof readPayments>>[number],
            )
            .sort((a, b) => (a.seq < b.seq ? -1 : 1));
    const { height = 0n, hash } = side.block ?? {};
    if (hash === undefined) throw new Error('nothing was mined yet');
    return {
      chainId: side.chainId,
      height,
      hash,
      lines: noRows(),
      replicas: [side.fold.replica],
      coverages: [],
      payments: page(payments),
    };
  };
  const newest = worlds.settlementBlock;
  if (newest === undefined) throw new Error('nothing was mined yet');
  const { height, hash } = newest;
  const settlement: ChainRows = {
    chainId: worlds.settlement.node.chainId,
    height,
    hash,
    lines: page(ascending),
    replicas: worlds.fold.replicas,
    coverages: worlds.fold.coverages,
    payments: noRows(),
  };
  return stateHash([settlement, ...(await Promise.all(worlds.sides.map(vaultRows)))], keccak256);
}
