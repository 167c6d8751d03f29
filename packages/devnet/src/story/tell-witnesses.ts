import { layerZeroWitnessAbi } from '@surety/contracts';
import { bytes32, bytesToHex, concatBytes, hexToBytes, mulDivDown, uintToBytes } from '@surety/domain';
import { accountOf, lockTokens, plannedOf } from '../acts/lock.js';
import { readLedgerLine, readVaultJournalCount } from '../acts/read-applied.js';
import { bridgesOn, ledgerContractOf, readerOf, walletOf } from '../acts/send.js';
import { carryPacket, forgePacket, readPackets } from '../bridges/carry-packet.js';
import { CONFIRMATIONS } from '../bridges/deploy-bridges.js';
import { devnetError } from '../errors.js';
import { FAST_BP, SETTLEMENT_CHAIN_ID, LOCAL_TOKENS } from '../network/chain-facts.js';
import { waitUntil } from '../processes/wait-until.js';
import type { Devnet } from '../start-devnet.js';
import { formatAmount } from './format-amount.js';
import type { Narrator } from './narrator.js';

/** The results of the chapter about witnesses. */
export interface SecondOpinions {
  readonly parked: 'UNCONFIRMED';
  /** From the lock to its credit. */
  readonly confirmedMs: number;
  /** State of the source whose packet was forged (null without one), and of the other one. */
  readonly forged: 'contested' | null;
  readonly other: 'live';
}

const ALPHA = 901;
const BETA = 902;
const WITHIN_MS = 90_000;
/** @source IEdge.SourceState, LedgerTypes.ParkReason */
const STATE = { live: 1, contested: 2 } as const;
const UNCONFIRMED = 1;
/** @source LayerZeroWitness.RECEIVE_GAS */
const RECEIVE_GAS = 120_000n;

/** The times of a lock above the fast limit, in milliseconds after it. */
export interface LargeLock {
  readonly parkedMs: number;
  readonly confirmedMs: number;
}

/** Of a cap in thousandths, for six decimals and hundredths of a percent. */
const LARGE = mulDivDown(LOCAL_TOKENS[0].capThousandths, BigInt(FAST_BP), 10n) + 1_000_000n;

/** Has bob lock more than may be in use before a witness confirms it, and follows that to his line. */
export async function followLargeLock(devnet: Devnet): Promise<LargeLock> {
  const { network } = devnet;
  const line = { chainId: ALPHA, symbol: 'USDC', account: accountOf('bob') } as const;
  await lockTokens(network, { chainId: ALPHA, by: 'bob', asset: 'USDC', units: LARGE });
  const lockedMs = Date.now();
  const count = await readVaultJournalCount(network, ALPHA);
  await waitUntil({
    what: 'bob’s lock, parked for a confirmation',
    withinMs: WITHIN_MS,
    probe: async () => {
      const { source } = plannedOf(network, ALPHA).request;
      const { reason } = await ledgerContractOf(network).read.parkedOf([source, count]);
      return reason === UNCONFIRMED ? true : undefined;
    },
  });
  const parkedMs = Date.now() - lockedMs;
  await waitUntil({
    what: 'bob’s line',
    withinMs: WITHIN_MS,
    probe: async () => ((await readLedgerLine(network, line)) === LARGE ? true : undefined),
  });
  return { parkedMs, confirmedMs: Date.now() - lockedMs };
}

/** A lock above the fast limit waits for a bridge. Gives the milliseconds from the lock to its credit. */
export async function tellLargeLock(narrator: Narrator, large: Promise<LargeLock>): Promise<number> {
  narrator.line(
    `bob has locked ${formatAmount(LARGE, LOCAL_TOKENS[0].decimals)} USDC meanwhile: more than may be in use before a witness confirms it`,
  );
  const { parkedMs, confirmedMs } = await large;
  narrator.line(`applied on the attesters' word, and parked as UNCONFIRMED: ${parkedMs} ms after the lock`);
  narrator.line(
    `the relayer published the vault's head over the cheaper bridge, confirmed it and freed the credit: ${confirmedMs} ms`,
  );
  return confirmedMs;
}

/** A packet that somebody forged contests its own source alone. */
export async function tellForgery(devnet: Devnet, narrator: Narrator): Promise<'contested'> {
  const { network, bridgeWorkers } = devnet;
  const { edgeId, request, witnesses } = plannedOf(network, BETA);
  const witness = witnesses.find((one) => one.request.kind === 'layerzero')?.atVault.contract;
  const at = network.bridges?.layerZero.get(SETTLEMENT_CHAIN_ID);
  if (witness === undefined || at === undefined)
    throw devnetError('STORY_BROKE', 'the network has no LayerZero witness');
  // The honest workers rest, so that the forged packet takes the place of the one that is sent.
  bridgeWorkers?.setWorking('layerzero', false);
  const reader = readerOf(network, BETA);
  const contract = { address: witness, abi: layerZeroWitnessAbi } as const;
  const value = await reader.readContract({ ...contract, functionName: 'quotePublish', args: [edgeId] });
  const bob = walletOf(network, BETA, 'bob');
  const hash = await bob.writeContract({ ...contract, functionName: 'publish', args: [edgeId], value });
  await reader.waitForTransactionReceipt({ hash });
  const [packet] = await readPackets(reader, hash);
  const count = await readVaultJournalCount(network, BETA);
  if (packet === undefined) throw devnetError('STORY_BROKE', `transaction ${hash} sent no packet`);
  const forged = bytesToHex(
    concatBytes(hexToBytes(edgeId, 32), uintToBytes(count, 8), hexToBytes(bytes32(`0x${'66'.repeat(32)}`), 32)),
  );
  const target = bridgesOn(network, SETTLEMENT_CHAIN_ID);
  const head = { packet: forgePacket(packet, forged), confirmations: CONFIRMATIONS, gas: RECEIVE_GAS };
  await carryPacket(target, at, head);
  narrator.line(
    `both of LayerZero's verifiers sign a packet about beta that nobody sent: another head at entry ${count}`,
  );
  await waitUntil({
    what: 'the contest of beta',
    withinMs: WITHIN_MS,
    probe: async () => ((await stateOf(devnet, request.source)) === STATE.contested ? true : undefined),
  });
  const other = await stateOf(devnet, plannedOf(network, ALPHA).request.source);
  if (other !== STATE.live) throw devnetError('STORY_BROKE', `alpha is in state ${other}; expected ${STATE.live}`);
  bridgeWorkers?.setWorking('layerzero', true);
  narrator.line(
    'the relayer has the ledger compare: beta is contested, that witness is not asked again, alpha goes on',
  );
  return 'contested';
}

async function stateOf({ network }: Devnet, source: number): Promise<number> {
  return (await ledgerContractOf(network).read.replicaOf([source]))[5];
}
