import type { Network } from '@surety/config';
import {
  attesterSetAbi,
  collateralLedgerAbi,
  collateralVaultAbi,
  feedAdapterAbi,
  isCodeOf,
  ledgerLensAbi,
  lockGatewayCode,
  riskManagerAbi,
} from '@surety/contracts';
import type { Hex } from '@surety/domain';
import { quorumSize } from '@surety/rpc';
import type { PublicClient } from 'viem';
import { tellFailure } from '../errors.js';
import type { Reach } from '../chains/open-config.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { openReader } from '../chains/open-sender.js';

type Chain = Network['chains'][number];
type Settlement = NonNullable<Network['settlement']>;
type Attesters = NonNullable<Network['attesters']>;

/** One member of chains.config.json beside what the chain says of it. */
export interface ComparedMember {
  readonly chain: string;
  /** Member of the chain’s part of the file, such as `auction` or `vault.gateway`. */
  readonly path: string;
  readonly expected: string;
  /** Undefined where the chain could not be asked. */
  readonly seen: string | undefined;
  /** Reason for which it could not be asked. */
  readonly failure: string | undefined;
  /** True for what a running deployment changes by itself, such as the epoch. */
  readonly moves: boolean;
}

/** A chain as it is read: what two thirds of its providers answer, and the height that two of them reach. */
interface Readers {
  readonly reader: PublicClient;
  readonly newest: () => Promise<bigint>;
}

/** Reads one member from the chain. */
interface Comparison {
  readonly path: string;
  readonly expected: string;
  readonly read: () => Promise<string>;
  readonly moves?: boolean;
}

/**
 * Compares the places that the file names with the contracts that know them: sets, risk manager, lens, desk, auction, gateways, feeds and
 * first blocks. Code, witnesses and assets are compared elsewhere. Chains without a provider are left out.
 */
export async function compareDeployment({ network, endpoints, clock }: Reach): Promise<readonly ComparedMember[]> {
  const { settlement, attesters } = network;
  if (settlement === undefined) return [];
  const compared = network.chains.map(async (chain): Promise<ComparedMember[]> => {
    const reached = endpoints.get(chain.chainId) ?? [];
    if (reached.length === 0) return [];
    const reader = openAgreedReader({ chain, endpoints: reached, clock });
    const newest = newestBlock(reached.map((endpoint) => openReader({ chain, endpoints: [endpoint], clock })));
    const comparisons = [
      ...(chain.chainId === settlement.chainId ? ofSettlement({ reader, newest }, settlement, attesters) : []),
      ...ofVault({ reader, newest }, { chain, settlement, attesters }),
    ];
    return Promise.all(
      comparisons.map(async ({ path, expected, read, moves = false }) => {
        const answer = await read().then(
          (seen) => ({ seen, failure: undefined }),
          (cause: unknown) => ({ seen: undefined, failure: tellFailure(cause).message }),
        );
        return { chain: chain.name, path, expected, moves, ...answer };
      }),
    );
  });
  return (await Promise.all(compared)).flat();
}

function ofSettlement(
  { reader, newest }: Readers,
  settlement: Settlement,
  attesters: Attesters | undefined,
): Comparison[] {
  const ledger = { address: settlement.ledger as Hex, abi: collateralLedgerAbi } as const;
  const { lens, priceDesk, auction, riskManager, attesterSet, underlyings } = settlement;
  const named = (
    path: string,
    functionName: 'attesterSet' | 'riskManager' | 'auction',
    expected: string,
  ): Comparison => ({
    path,
    expected,
    read: () => reader.readContract({ ...ledger, functionName }),
  });
  // Every contract beside the ledger names it by the same getter.
  const ledgerOf = (path: string, contract: string): Comparison => ({
    path: `${path} → ledger`,
    expected: settlement.ledger,
    read: () => reader.readContract({ address: contract as Hex, abi: ledgerLensAbi, functionName: 'ledger' }),
  });
  return [
    named('attesterSet', 'attesterSet', attesterSet),
    named('riskManager', 'riskManager', riskManager),
    ledgerOf('lens', lens),
    ...(priceDesk === undefined ? [] : [ledgerOf('priceDesk', priceDesk)]),
    ...(auction === undefined ? [] : [named('auction', 'auction', auction), ledgerOf('auction', auction)]),
    firstBlock(newest, 'fromBlock', settlement.ledger, settlement.fromBlock),
    ...membersAt(reader, attesterSet, attesters),
    // Prices of several sources are compared with all of them.
    ...underlyings.flatMap(({ id, feed, priceMaxAgeS, sources }, at): Comparison[] =>
      sources !== undefined
        ? []
        : [
            {
              path: `underlyings[${at}].feed`,
              expected: feed,
              read: () =>
                reader.readContract({
                  address: riskManager as Hex,
                  abi: riskManagerAbi,
                  functionName: 'feedOf',
                  args: [id],
                }),
            },
            {
              path: `underlyings[${at}].priceMaxAgeS`,
              expected: String(priceMaxAgeS),
              read: async () =>
                String(
                  await reader.readContract({ address: feed as Hex, abi: feedAdapterAbi, functionName: 'maxAgeS' }),
                ),
            },
          ],
    ),
  ];
}

function ofVault(
  { reader, newest }: Readers,
  of: {
    readonly chain: Chain;
    readonly settlement: Settlement;
    readonly attesters: Attesters | undefined;
  },
): Comparison[] {
  const { vault } = of.chain;
  if (vault === undefined) return [];
  const { settlement, attesters } = of;
  const contract = { address: vault.address as Hex, abi: collateralVaultAbi } as const;
  const gateway = vault.gateway as Hex | undefined;
  return [
    {
      path: 'vault.attesterSet',
      expected: vault.attesterSet,
      read: () => reader.readContract({ ...contract, functionName: 'attesterSet' }),
    },
    {
      path: 'vault → ledger',
      expected: settlement.ledger,
      read: () => reader.readContract({ ...contract, functionName: 'ledger' }),
    },
    {
      path: 'vault.source',
      expected: String(vault.source),
      read: async () => String(await reader.readContract({ ...contract, functionName: 'source' })),
    },
    firstBlock(newest, 'vault.fromBlock', vault.address, vault.fromBlock),
    ...(gateway === undefined
      ? []
      : [
          {
            path: 'vault.gateway',
            expected: 'LockGateway',
            read: async () =>
              isCodeOf((await reader.getCode({ address: gateway })) ?? '0x', lockGatewayCode)
                ? 'LockGateway'
                : 'other code',
          },
        ]),
    // Source 0 is verified on its own chain, by no attesters.
    ...(vault.source === 0 ? [] : membersAt(reader, vault.attesterSet, attesters)),
  ];
}

function membersAt(reader: PublicClient, set: string, attesters: Attesters | undefined): Comparison[] {
  if (attesters === undefined) return [];
  const contract = { address: set as Hex, abi: attesterSetAbi } as const;
  return [
    {
      path: 'attesters.epoch',
      expected: String(attesters.epoch),
      read: async () => String(await reader.readContract({ ...contract, functionName: 'epoch' })),
      moves: true,
    },
    {
      path: 'attesters.members',
      expected: sorted(attesters.members),
      read: async () => {
        const active = await reader.readContract({ ...contract, functionName: 'epoch' });
        return sorted(await reader.readContract({ ...contract, functionName: 'members', args: [active] }));
      },
      moves: true,
    },
  ];
}

const sorted = (members: readonly string[]): string =>
  members
    .map((member) => member.toLowerCase())
    .toSorted()
    .join(', ');

/** A first block above the newest one would hide everything that ever happened. */
function firstBlock(newest: () => Promise<bigint>, path: string, contract: string, fromBlock: string): Comparison {
  return {
    path,
    expected: fromBlock,
    read: async () => {
      const height = await newest();
      return BigInt(fromBlock) <= height ? fromBlock : `no block above ${height}, and ${contract} stands already`;
    },
  };
}

/**
 * Asks every provider once for its newest block, and waits for two thirds of them. The second highest counts: one that lags or makes blocks
 * up changes nothing, and one that is silent holds nobody up.
 */
function newestBlock(readers: readonly PublicClient[]): () => Promise<bigint> {
  let asked: Promise<bigint> | undefined;
  const ask = (): Promise<bigint> =>
    new Promise((resolve, reject) => {
      const heights: bigint[] = [];
      let left = readers.length;
      let failure: Error | undefined;
      const heard = (): void => {
        left -= 1;
        if (heights.length < quorumSize(readers.length) && left > 0) return;
        const [first, second = first] = heights.toSorted((one, other) => Number(other - one));
        if (second === undefined) reject(failure ?? new TypeError('there is no provider to ask'));
        else resolve(second);
      };
      for (const reader of readers)
        void reader
          .getBlockNumber()
          .then(
            (height) => void heights.push(height),
            (cause: Error) => void (failure = cause),
          )
          .then(heard);
    });
  return () => (asked ??= ask());
}
