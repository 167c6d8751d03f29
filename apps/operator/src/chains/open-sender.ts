import { readFileSync } from 'node:fs';
import {
  type KeySource,
  type Network,
  type ProviderEndpoint,
  loadFeeCaps,
  loadSpendingKey,
  type Environment,
} from '@surety/config';
import type { BlockHeight, TxHash } from '@surety/domain';
import { createReader, openProviders, type Patience, providerTransport, type RpcProvider } from '@surety/rpc';
import { type Rpc, createRpc, createTransactionSender, openDevelopmentKey, openKeystore } from '@surety/transactions';
import type { Clock, Observer, TransactionCall, TransactionSender } from '@surety/workflows';
import type { Abi, PublicClient } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { type OperatorErrorCode, operatorError } from '../errors.js';
import { giveUpOnSilence } from './give-up-on-silence.js';
import { reasonOf } from '../terminal/read-json.js';
import { tellSilenceOf } from './tell-silence-of.js';
import { type Waiting, tellWhatIsSent } from './tell-what-is-sent.js';

const PRIORITY_FEE_MIN_WEI = 1_000_000n;
const TIMEOUT_MS = 20_000;
/** A provider that is silent for this long has the next one asked beside it: one that hangs costs a command seconds, not minutes. */
const PATIENCE_MS = 2_000;

/** Help text of every command that needs a key. */
export const KEY_HELP =
  '\nKey: SURETY_KEYSTORE_FILE with SURETY_PASSWORD_FILE, or SURETY_KEY in the development profile.';

/** One chain as a person with a key uses it. */
export interface SpendingChain {
  readonly chain: Network['chains'][number];
  readonly endpoints: readonly ProviderEndpoint[];
  readonly clock: Clock;
}

/** Opens the key that pays and signs. @throws KEY_UNREADABLE, BAD_USE for a keystore file that cannot be read. */
export function openKey(key: KeySource): PrivateKeyAccount {
  if (key.kind === 'environment') return openDevelopmentKey(key.key.reveal());
  let keystore: string;
  try {
    keystore = readFileSync(key.file, 'utf8');
  } catch (cause) {
    const seen = `${key.file} cannot be read (${reasonOf(cause)})`;
    throw operatorError('BAD_USE', `SURETY_KEYSTORE_FILE: ${seen}; expected an encrypted keystore file`, cause);
  }
  return openKeystore(keystore, key.password.reveal());
}

/** Opens the key that the environment names. @throws CONFIG_INVALID without one; KEY_UNREADABLE, BAD_USE. */
export function openSpendingKey(environment: Environment): PrivateKeyAccount {
  return openKey(loadSpendingKey(environment));
}

type Endpoints = readonly [ProviderEndpoint, ...ProviderEndpoint[]];

/** Returns the providers of a chain, at least one. @throws NO_PROVIDER. */
function requireEndpoints({ chain, endpoints }: Pick<SpendingChain, 'chain' | 'endpoints'>): Endpoints {
  if (endpoints[0] !== undefined) return endpoints as Endpoints;
  const names = chain.providers.map((provider) => provider.urlEnv).join(', ');
  throw operatorError('NO_PROVIDER', `no provider of ${chain.name} has a URL; set one of ${names}`);
}

/** Connects to a chain, to the next provider where one does not answer; nobody's answer is PROVIDER_FAILED. @throws NO_PROVIDER. */
export function openReader(place: SpendingChain): PublicClient {
  return createReader(providerTransport(providersOf(place), tellSilenceOf(place.chain), patienceOf(place)));
}

/** Time for which a command waits for one provider before it asks the next one, too. */
export function patienceOf({ clock }: Pick<SpendingChain, 'clock'>): Patience {
  return { clock, afterMs: PATIENCE_MS };
}

/** Opens the providers of a chain; an observer hears of their failures and lies. @throws NO_PROVIDER. */
export function providersOf(place: SpendingChain, observer?: Observer): RpcProvider[] {
  const { chain, clock } = place;
  const options = { chainId: chain.chainId, endpoints: requireEndpoints(place), timeoutMs: TIMEOUT_MS, clock };
  return openProviders({ ...options, ...(observer === undefined ? {} : { observer }) });
}

/**
 * Opens JSON-RPC over the providers of a chain; sends nothing yet. Of three or more no single one decides over what a person sends, or
 * what became of it. @throws NO_PROVIDER.
 */
export function openRpc({ chain, endpoints, clock }: SpendingChain): Rpc {
  return createRpc({
    chainId: chain.chainId,
    endpoints: requireEndpoints({ chain, endpoints }),
    timeoutMs: TIMEOUT_MS,
    clock,
    patience: patienceOf({ clock }),
    agreement: patienceOf({ clock }),
  });
}

/** Milliseconds between two looks at what was sent: half a block's time, within limits. */
export function pollIntervalOf({ blockTimeMs }: Pick<SpendingChain['chain'], 'blockTimeMs'>): number {
  return Math.max(100, Math.min(2_000, blockTimeMs >> 1));
}

/** A key that sends, and whoever waits for it. */
export interface SendingHand {
  readonly account: PrivateKeyAccount;
  /** Custom errors of the contracts that it calls. */
  readonly errors: Abi;
  readonly waiting: Waiting;
}

/**
 * Creates a sender that waits for one confirmation while providers answer and nobody interrupts it, and tells what it sends.
 * @throws CONFIG_INVALID for fee caps that are no amounts.
 */
export function openSender(
  { chain, endpoints, clock }: SpendingChain,
  { account, errors, waiting }: SendingHand,
): TransactionSender {
  const { feeCapWei, tipCapWei } = loadFeeCaps(waiting.environment, chain.chainId);
  const options = {
    account,
    policy: {
      maxFeePerGasCap: feeCapWei,
      maxPriorityFeePerGasCap: tipCapWei,
      minPriorityFeePerGas: PRIORITY_FEE_MIN_WEI,
      pollIntervalMs: pollIntervalOf(chain),
      replaceAfterMs: 10 * chain.blockTimeMs,
      confirmations: 1,
      takeoverAfterMs: 30 * chain.blockTimeMs,
    },
    clock,
    observer: { observe: () => {} },
    errors,
  } as const;
  const rpc = openRpc({ chain, endpoints, clock });
  return tellWhatIsSent(rpc, waiting, (telling) =>
    giveUpOnSilence(telling, clock, (listening) => createTransactionSender({ ...options, rpc: listening })),
  );
}

/**
 * Lands one call and returns its transaction; `onLanded` hears the height of its block.
 * @throws `code` with the contract's own reason; then nothing is pending.
 */
export async function land(
  sender: TransactionSender,
  call: TransactionCall,
  code: OperatorErrorCode,
  onLanded?: (height: BlockHeight) => void,
): Promise<TxHash> {
  const outcome = await sender.land(call);
  if (outcome.kind === 'landed') {
    onLanded?.(outcome.height);
    return outcome.txHash;
  }
  const why =
    outcome.kind === 'overtaken'
      ? outcome.detail
      : `${outcome.name}${outcome.kind === 'refused' ? `: ${outcome.detail}` : ''}`;
  throw operatorError(code, `the ${call.purpose} was ${outcome.kind}: ${why}; nothing of it is under way`);
}
