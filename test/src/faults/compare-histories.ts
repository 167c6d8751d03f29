import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSigningHistory } from '@surety/attestation';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { type Address, type Bytes32, bytes32 } from '@surety/domain';
import { type Devnet, type LocalNetwork, SETTLEMENT_CHAIN_ID, plannedOf, vaultOf } from '@surety/devnet';

/** A journal with its heads by count at the end of each block, as the contract itself told them then. */
export interface ToldJournal {
  readonly edge: Bytes32;
  readonly count: number;
  readonly heads: ReadonlyMap<bigint, Bytes32>;
}

/** Count and head of a journal at the end of a final block, by journal and block. */
export type ToldHeads = Map<string, readonly [count: bigint, head: Bytes32]>;

/** Reads both journals of a vault's chain: the vault's own, and the ledger's for that vault. What was told before is not asked again: nodes forget old states. */
export async function readJournals(
  network: LocalNetwork,
  chainId: number,
  entries: {
    readonly locked: readonly { readonly height: bigint }[];
    readonly released: readonly { readonly height: bigint }[];
    readonly told: ToldHeads;
  },
): Promise<ToldJournal[]> {
  const vault = { address: vaultOf(network, chainId), abi: collateralVaultAbi, functionName: 'journalHead' } as const;
  const ledger = {
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'journalHead',
    args: [plannedOf(network, chainId).request.source],
  } as const;
  const [ownReader, ledgerReader] = [network.readers.get(chainId), network.readers.get(SETTLEMENT_CHAIN_ID)];
  const own = await readTold(entries.told, `vault of ${chainId}`, entries.locked, async (blockNumber) =>
    ownReader?.readContract({ ...vault, blockNumber }),
  );
  const back = await readTold(entries.told, `ledger for ${chainId}`, entries.released, async (blockNumber) =>
    ledgerReader?.readContract({ ...ledger, blockNumber }),
  );
  const outbound = (await ledgerReader?.readContract({ ...ledger }))?.[0];
  return [
    { edge: plannedOf(network, chainId).edgeId, count: entries.locked.length, heads: own },
    ...(outbound === undefined ? [] : [{ edge: bytes32(outbound), count: entries.released.length, heads: back }]),
  ];
}

async function readTold(
  told: ToldHeads,
  journal: string,
  entries: readonly { readonly height: bigint }[],
  read: (blockNumber: bigint) => Promise<readonly [unknown, bigint, string] | undefined>,
): Promise<Map<bigint, Bytes32>> {
  const heads = new Map<bigint, Bytes32>();
  for (const height of new Set(entries.map((one) => one.height))) {
    const key = `${journal} at ${height}`;
    if (!told.has(key)) {
      const [, count, head] = (await read(height)) ?? [];
      if (count !== undefined && head !== undefined) told.set(key, [count, bytes32(head)]);
    }
    const [count, head] = told.get(key) ?? [];
    if (count !== undefined && head !== undefined) heads.set(count, head);
  }
  return heads;
}

/** Whatever the histories of all watchers say they signed of a journal is what its contract told. */
export async function compareHistories(
  devnet: Devnet,
  watchers: number,
  journal: ToldJournal,
): Promise<{ findings: string[]; count: number }> {
  const findings: string[] = [];
  let count = 0;
  for (let number = 1; number <= watchers; number++) {
    const address = devnet.network.attesters[number - 1]?.address;
    const folder = devnet.environmentOf('watcher', number)['SURETY_STATE_DIR'];
    if (address === undefined || folder === undefined || !existsSync(folder)) continue;
    for (const [index, signed] of await readSigned(folder, address, journal)) {
      count += 1;
      const told = journal.heads.get(index);
      if (told !== undefined && told !== signed)
        findings.push(
          `watcher ${number} signed ${signed} at count ${index} of ${journal.edge}; the chain told ${told}`,
        );
    }
  }
  return { findings, count };
}

/** A running watcher lets nobody else into its stores: copies are looked at. */
async function readSigned(folder: string, address: Address, journal: ToldJournal): Promise<[bigint, Bytes32][]> {
  const copies = mkdtempSync(path.join(tmpdir(), 'surety-histories-'));
  const names = readdirSync(folder).filter((name) => name.includes('history') && name.includes('.sqlite'));
  for (const name of names) copyFileSync(path.join(folder, name), path.join(copies, name));
  const signed: [bigint, Bytes32][] = [];
  try {
    const history = openSigningHistory({ file: path.join(copies, 'history.sqlite'), address });
    for (let index = 1n; index <= BigInt(journal.count); index++) {
      const head = await history.readHead(journal.edge, index);
      if (head !== undefined) signed.push([index, head]);
    }
    history.close();
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
  return signed;
}
