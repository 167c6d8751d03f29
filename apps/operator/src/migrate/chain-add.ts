import { parseChainRequest, requestedBridgeIdsOf } from '@surety/contracts';
import { bytes32, chainId } from '@surety/domain';
import type { ActOptions } from '../chains/act-by-hand.js';
import { findTarget } from '../acts/find-target.js';
import { operatorError } from '../errors.js';
import { carryOn, readFloors } from './carry-on.js';
import { planChainAddition } from './plan-chain-addition.js';
import { readVerifier } from '../attesters/read-verifier.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { type Reach, openConfig, placeOf } from '../chains/open-config.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';
import type { Terminal } from '../terminal/terminal.js';

/** Options of `surety chain add`. */
export interface ChainAddOptions extends ActOptions {
  readonly salt?: string;
}

/** Part of the new contracts' addresses, if none is named. */
const SALT = `0x${'00'.repeat(31)}01`;

/**
 * Brings a chain to a running deployment, as far as is possible now.
 * @throws BAD_USE, NOT_JSON, BAD_PLAN, MIGRATION_REFUSED, ACT_REFUSED, DECLINED.
 */
export async function addChain(terminal: Terminal, file: string, options: ChainAddOptions): Promise<void> {
  const config = openConfig(terminal);
  const { network } = config;
  const home = await findTarget(config, 'ledger', {});
  const around = {
    profile: network.profile,
    settlement: { ...requestedBridgeIdsOf(home.chain), chainId: chainId(home.chain.chainId) },
    slots: new Set(network.settlement?.underlyings.map(({ id }) => id)),
  };
  // A request that contradicts itself is no fault of its JSON: it is named as what it is.
  const chain = parseChainRequest(
    parseJson(file, readTextFile(file), (json) => json),
    around,
  );
  const place = findPlace(config, chain.chainId);
  const reach = placeOf(config, place);
  const reader = openAgreedReader(reach);
  const { timestamp: nowS } = await reader.getBlock();
  const migration = await planChainAddition({
    network,
    origin: { ...reach, reader, nowS },
    home,
    verifier: await readVerifier(await findTarget(config, 'attesters', { chain: home.chain.name })),
    chain,
    salt: bytes32(options.salt ?? SALT),
    floors: (vault) => readFloors(config, { chainId: place.chainId, vault }),
  });
  await carryOn(terminal, { config, migration }, options);
}

/** Finds the chain in the configuration: how it is read must be decided before anything stands on it. */
function findPlace({ network }: Reach, id: number): Reach['network']['chains'][number] {
  const found = network.chains.find((one) => one.chainId === id);
  if (found !== undefined) return found;
  const known = network.chains.map((one) => `${one.name} (${one.chainId})`).join(', ');
  throw operatorError(
    'BAD_USE',
    `the file's chain ${id} is not in chains.config.json, which has ${known}; expected it there with providers and finality, and without a vault`,
  );
}
