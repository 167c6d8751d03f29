import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wormholeWitnessAbi } from '@surety/contracts';
import {
  type GuardianKeys,
  type LocalNetwork,
  type WormholeChain,
  type WormholeMessage,
  accountOf,
  connectWallet,
  readMessages,
  replaceGuardians,
  setMessageFee,
  signMessage,
  startNetwork,
  awaitReceipt,
  walletOf,
} from '@surety/devnet';
import type { Address, Bytes32 } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, type PublicClient } from 'viem';
import { afterAll, expect, test } from 'vitest';
import { lockTokens } from './sign-and-apply.js';

const SETTLEMENT = 900;
const ALPHA = 901;
const DAY_S = 86_400;

const folder = mkdtempSync(join(tmpdir(), 'surety-guardians-'));
const running = new Set<LocalNetwork>();

afterAll(async () => {
  await Promise.all([...running].map((network) => network.stop()));
  rmSync(folder, { recursive: true, force: true });
});

/** A local network with that many guardians, and the pair of Wormhole witnesses of its first source. */
async function startWith(guardians: number): Promise<Line> {
  const network = await startNetwork({
    directory: join(folder, `${guardians}`),
    blockSeconds: 1,
    attesters: 4,
    guardians,
  });
  running.add(network);
  for (const node of network.nodes.values()) await node.call('evm_setAutomine', [true]);
  const vault = network.plan.vaults.find(({ request }) => request.chainId === ALPHA);
  const witness = vault?.witnesses.find(({ request }) => request.kind === 'wormhole');
  if (vault === undefined || witness === undefined || network.bridges === undefined)
    throw new TypeError('the network has a Wormhole witness');
  const { wormhole, guardians: set } = network.bridges;
  return {
    network,
    vault: vault.vault,
    edge: vault.edgeId,
    atVault: witness.atVault.contract,
    atLedger: witness.atLedger.contract,
    cores: { away: wormhole.get(ALPHA) as WormholeChain, home: wormhole.get(SETTLEMENT) as WormholeChain },
    first: set,
  };
}

interface Line {
  readonly network: LocalNetwork;
  readonly vault: Address;
  readonly edge: Bytes32;
  readonly atVault: Address;
  readonly atLedger: Address;
  readonly cores: Readonly<Record<'away' | 'home', WormholeChain>>;
  readonly first: GuardianKeys;
}

const governing = ({ network }: Line, chainId: number) => ({
  reader: network.readers.get(chainId) as PublicClient,
  wallet: connectWallet(network.nodes.get(chainId)?.url ?? '', chainId, 'bridges'),
});

/** Locks once, publishes the vault's journal over Wormhole, and gives the message. */
async function tell(line: Line): Promise<WormholeMessage> {
  const { network, vault, edge, atVault } = line;
  await lockTokens(network, { vault, chainId: ALPHA, account: accountOf('alice') }, 1_000_000n);
  const witness = { address: atVault, abi: wormholeWitnessAbi } as const;
  const reader = network.readers.get(ALPHA) as PublicClient;
  const value = await reader.readContract({ ...witness, functionName: 'quotePublish', args: [edge] });
  const wallet = walletOf(network, ALPHA, 'relayerA');
  const hash = await wallet.writeContract({ ...witness, functionName: 'publish', args: [edge], value });
  await awaitReceipt(network, ALPHA, hash);
  const [message] = await readMessages(reader, line.cores.away.chain, hash);
  if (message === undefined) throw new TypeError('a publication is a message');
  return message;
}

/** Hands a message to the ledger's end, signed by the first so many guardians of a set. */
async function deliver(line: Line, message: WormholeMessage, set: GuardianKeys, signatures: number): Promise<void> {
  const vaa = await signMessage(message, set, [...Array(signatures).keys()]);
  const wallet = walletOf(line.network, SETTLEMENT, 'relayerA');
  const witness = { address: line.atLedger, abi: wormholeWitnessAbi } as const;
  await awaitReceipt(
    line.network,
    SETTLEMENT,
    await wallet.writeContract({ ...witness, functionName: 'deliver', args: [vaa] }),
  );
}

/** The newest count that the ledger's end knows. */
async function known({ network, atLedger, edge }: Line): Promise<bigint> {
  const witness = { address: atLedger, abi: wormholeWitnessAbi } as const;
  const reader = network.readers.get(SETTLEMENT) as PublicClient;
  return (await reader.readContract({ ...witness, functionName: 'latest', args: [edge] }))[0];
}

/** Returns the name and the values of what a contract refused a call with. */
async function refusalOf(call: Promise<unknown>): Promise<readonly unknown[]> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const reverted =
    error instanceof BaseError ? error.walk((one) => one instanceof ContractFunctionRevertedError) : null;
  if (!(reverted instanceof ContractFunctionRevertedError)) return ['no refusal', error];
  return [reverted.data?.errorName, ...(reverted.data?.args ?? [])];
}

test.each([
  [1, 1],
  [13, 9],
  [19, 13],
])('of %i guardians %i tell the ledger a head, and one fewer does not', async (guardians, quorum) => {
  const line = await startWith(guardians);
  const message = await tell(line);
  const few = deliver(line, message, line.first, quorum - 1);
  expect(await refusalOf(few)).toEqual(['VaaBelowQuorum', BigInt(quorum - 1), BigInt(quorum)]);
  expect(await known(line)).toBe(0n);
  await deliver(line, message, line.first, quorum);
  expect(await known(line)).toBe(1n);
  await deliver(line, await tell(line), line.first, guardians);
  expect(await known(line)).toBe(2n);
  if (guardians === 13) await changeSets(line);
  if (guardians === 1) await raiseFee(line);
});

/** Nineteen new guardians follow the thirteen in the middle of what is told: those sign for another day, and no longer. */
async function changeSets(line: Line): Promise<void> {
  const { network, first, atLedger } = line;
  const target = governing(line, SETTLEMENT);
  const learned = await target.wallet.writeContract({
    address: atLedger,
    abi: wormholeWitnessAbi,
    functionName: 'learnGuardians',
  });
  await awaitReceipt(network, SETTLEMENT, learned);
  const [before, within, late] = [await tell(line), await tell(line), await tell(line)];
  await deliver(line, before, first, 9);
  const next = await replaceGuardians(target, { wormhole: line.cores.home, guardians: first }, 19);
  const { timestamp } = await target.reader.getBlock();
  await deliver(line, within, first, 9);
  expect(await known(line)).toBe(4n);
  const node = network.nodes.get(SETTLEMENT);
  await node?.call('evm_setNextBlockTimestamp', [Number(timestamp) + DAY_S + 1]);
  await node?.call('anvil_mine', ['0x1']);
  const expired = await refusalOf(deliver(line, late, first, 13));
  expect(expired).toEqual(['GuardianSetExpired', 0, Number(timestamp) + DAY_S]);
  // Nor do the old keys under the new set's number, nor too few of the new ones.
  const posing = { index: next.index, guardians: [...first.guardians, ...first.guardians.slice(0, 6)] };
  expect((await refusalOf(deliver(line, late, posing, 13)))[0]).toBe('VaaSignatureInvalid');
  expect(await refusalOf(deliver(line, late, next, 12))).toEqual(['VaaBelowQuorum', 12n, 13n]);
  expect(await known(line)).toBe(4n);
  await deliver(line, late, next, 13);
  expect(await known(line)).toBe(5n);
}

/** The core asks for more between the quote and the publication: nothing is taken, and the next quote goes through. */
async function raiseFee(line: Line): Promise<void> {
  const { network, edge, atVault, vault } = line;
  const target = governing(line, ALPHA);
  const witness = { address: atVault, abi: wormholeWitnessAbi } as const;
  const core = line.cores.away.core;
  await lockTokens(network, { vault, chainId: ALPHA, account: accountOf('alice') }, 1_000_000n);
  const quoted = await target.reader.readContract({ ...witness, functionName: 'quotePublish', args: [edge] });
  expect(quoted).toBe(0n);
  await setMessageFee(target, { wormhole: line.cores.away, guardians: line.first }, 7_000_000_000n);
  const wallet = walletOf(network, ALPHA, 'relayerA');
  const publishing = wallet.writeContract({ ...witness, functionName: 'publish', args: [edge], value: quoted });
  expect(await refusalOf(publishing)).toEqual(['FeeMismatch', 0n, 7_000_000_000n]);
  expect(await target.reader.getBalance({ address: core })).toBe(0n);
  const message = await tell(line);
  expect(message.sequence).toBe(2n);
  expect(await target.reader.getBalance({ address: core })).toBe(7_000_000_000n);
  await deliver(line, message, line.first, 1);
  expect(await known(line)).toBe(4n);
}
