import { openAttesterSigner } from '@surety/attestation';
import { type Environment, type Network, type WatcherConfig, loadWatcherConfig } from '@surety/config';
import { attesterSetAbi } from '@surety/contracts';
import { AppError } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import type { Hex, PublicClient } from 'viem';
import { connectAggregator } from '../chains/connect-aggregator.js';
import { tellFailure } from '../errors.js';
import type { Finding } from '../terminal/group-findings.js';
import { openReader } from '../chains/open-sender.js';
import { checkClock } from './check-clock.js';
import { checkHealthPort } from './check-health-port.js';
import { checkStoreFolders } from './check-store-folders.js';
import { placeOf } from '../chains/open-config.js';

/**
 * Checks what an attester of this machine needs, from the environment of its watcher: key, membership, both folders of its signing history,
 * health port, clock, aggregators and peers. It opens no store and signs nothing, so it may run beside the watcher.
 */
export async function checkAttester(environment: Environment, clock: Clock): Promise<readonly Finding[]> {
  let config: WatcherConfig;
  try {
    config = loadWatcherConfig(environment);
  } catch (cause) {
    const next = 'write the environment with `surety config env watcher`, fill it in and load it';
    return [{ check: 'attester environment', result: 'fail', detail: `${tellFailure(cause).message}; ${next}` }];
  }
  const { aggregatorUrls, peerUrls } = config;
  const found = await Promise.all([
    checkKey(config, clock),
    checkHealthPort(config.http),
    checkClock({ ...config, clock }),
    ...peerUrls.map(checkPeer),
  ]);
  const isAlone = peerUrls.length === 0 && aggregatorUrls.length < 2;
  const alone: Finding = {
    check: 'attester peers',
    result: 'warn',
    detail:
      'one aggregator alone tells what it holds of this key; name others in SURETY_PEER_URLS, so that a loss is noticed',
  };
  return [...found.flat(), ...checkStoreFolders(config), ...(isAlone ? [alone] : [])];
}

/** Opens the key and looks for its address in each set that counts its signatures. */
async function checkKey(config: WatcherConfig, clock: Clock): Promise<Finding[]> {
  const { key, network, settlement, chainIds } = config;
  let signer: string;
  try {
    ({ address: signer } = await openAttesterSigner(key, network.profile));
  } catch (cause) {
    return [{ check: 'attester key', result: 'fail', detail: tellFailure(cause).message }];
  }
  const places = { environment: 'the environment', keystore: 'a keystore', remote: 'a remote signer' };
  const sets = network.chains.flatMap((chain): AttestedPlace[] => {
    if (chain.chainId === settlement.chainId) return [{ chain, set: settlement.attesterSet }];
    return chain.vault !== undefined && chainIds.includes(chain.chainId)
      ? [{ chain, set: chain.vault.attesterSet }]
      : [];
  });
  const members = await Promise.all(sets.map((place) => checkMembership({ config, clock, signer }, place)));
  return [{ check: 'attester key', result: 'ok', detail: `${signer}, from ${places[key.kind]}` }, ...members];
}

/** A chain and the attester set there. */
interface AttestedPlace {
  readonly chain: Network['chains'][number];
  readonly set: string;
}

async function checkMembership(
  { config, clock, signer }: { readonly config: WatcherConfig; readonly clock: Clock; readonly signer: string },
  { chain, set }: AttestedPlace,
): Promise<Finding> {
  const check = `attester membership on ${chain.name}`;
  const contract = { address: set as Hex, abi: attesterSetAbi } as const;
  const placeIn = async (reader: PublicClient, epoch: number): Promise<number> => {
    const members = await reader.readContract({ ...contract, functionName: 'members', args: [epoch] });
    return members.findIndex((member) => member.toLowerCase() === signer.toLowerCase());
  };
  try {
    const reader = openReader(placeOf({ ...config, clock }, chain));
    const [active, newest] = await Promise.all([
      reader.readContract({ ...contract, functionName: 'epoch' }),
      reader.readContract({ ...contract, functionName: 'newestEpoch' }),
    ]);
    const place = await placeIn(reader, active);
    if (place >= 0) {
      const suspended = await reader.readContract({ ...contract, functionName: 'suspended', args: [active] });
      if ((BigInt(suspended) >> BigInt(place)) & 1n)
        return {
          check,
          result: 'fail',
          detail: `${signer} is suspended in epoch ${active} of ${set}: docs/RUNBOOKS/03-equivocation.md`,
        };
      if (newest > active && (await placeIn(reader, newest)) < 0)
        return {
          check,
          result: 'warn',
          detail: `member of epoch ${active}; epoch ${newest} is written and leaves ${signer} out`,
        };
      return { check, result: 'ok', detail: `member ${place + 1} of epoch ${active}` };
    }
    if (newest > active && (await placeIn(reader, newest)) >= 0) {
      const from = await reader.readContract({ ...contract, functionName: 'activeFrom', args: [newest] });
      const date = new Date(from * 1_000).toISOString();
      return { check, result: 'warn', detail: `${signer} counts from epoch ${newest}, which begins at ${date}` };
    }
    const next = 'hand the address to the governor, or use the key that was handed over';
    return {
      check,
      result: 'fail',
      detail: `${signer} is no member of epoch ${active} of ${set}, so nobody counts what it signs; ${next}`,
    };
  } catch (cause) {
    return { check, result: 'fail', detail: tellFailure(cause).message };
  }
}

/** A peer is asked at each start what it holds of this key. */
async function checkPeer(url: string): Promise<Finding[]> {
  const check = `attester peer ${url}`;
  try {
    const { ready, reasons } = await connectAggregator(url).readReadiness();
    const detail = reasons.map((one) => `${one.code}: ${one.detail}`).join('; ');
    return [{ check, result: ready ? 'ok' : 'warn', detail: ready ? 'answers' : detail }];
  } catch (cause) {
    const detail = cause instanceof AppError ? cause.message : 'no answer';
    return [{ check, result: 'warn', detail: `${detail}; ask its operator, or name another in SURETY_PEER_URLS` }];
  }
}
