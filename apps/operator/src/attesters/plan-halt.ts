import type { SignedHaltView } from '@surety/client';
import type { ProviderEndpoint } from '@surety/config';
import { keccak256, recoverCanonical } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, haltQuorumOf } from '@surety/domain';
import { quorumSize } from '@surety/rpc';
import {
  type Rpc,
  createChainReads,
  createHaltReader,
  createRpc,
  haltCalldata,
  quorumOfSignatures,
} from '@surety/transactions';
import { type HaltPosition, collectHaltSignatures } from '@surety/workflows';
import { operatorError } from '../errors.js';
import { openRpc } from '../chains/open-sender.js';
import type { ActTarget } from '../acts/find-target.js';
import { ACT_ERRORS } from '../chains/simulate-call.js';

/** Providers are asked all at once; one that hangs holds an emergency up no longer. */
const WORD_MS = 5_000;

/** The halts that one source serves. */
export type ServedHalts = readonly SignedHaltView[];

/** Halts of one edge for one verifier, by source. */
export interface EdgeHalts {
  readonly edge: Bytes32;
  readonly domain: SignedHaltView['domain'];
  readonly served: readonly ServedHalts[];
}

/** A halt that the verifier takes, as its providers show it. */
export interface HaltPlan {
  readonly calldata: Hex;
  /** The number of members that signed it. */
  readonly signatures: number;
  /** Providers of the chain, first those that show the verifier as the halt needs it. */
  readonly endpoints: readonly ProviderEndpoint[];
}

/** The verifier's position as somebody shows it, with the signatures that count for it. */
interface ShownPosition {
  readonly position: HaltPosition;
  readonly signatures: ReadonlyMap<Address, Hex>;
  readonly needed: number;
}

type WordOfOne = ShownPosition & { readonly endpoint: ProviderEndpoint };

/**
 * Plans the halt of one edge; undefined if it is halted already. A single provider may lie about that, about the nonce or the members, to
 * keep the edge open: then every provider is asked, two thirds must call it halted, and else a halt that any of them would take is planned.
 * @throws ACT_REFUSED if none would; what reading throws.
 */
export async function planHalt(target: ActTarget, wanted: EdgeHalts): Promise<HaltPlan | undefined> {
  const [first] = await Promise.allSettled([readShown(openRpc(target), target, wanted)]);
  if (first.status === 'fulfilled' && isReady(first.value)) return planOf(wanted, first.value, target.endpoints);
  const words = await askEach(target, wanted);
  if (first.status === 'rejected' && words.length === 0) throw first.reason;
  const halted = words.filter(({ position }) => position.isHalted);
  if (halted.length >= quorumSize(target.endpoints.length)) return undefined;
  const ready = words.filter(isReady);
  const [best] = ready
    .map((one) => ({ one, same: ready.filter((other) => isSame(one, other)) }))
    .sort((left, right) => right.same.length - left.same.length);
  if (best === undefined)
    throw refusalOf(target, {
      halted: halted.length,
      shown: first.status === 'fulfilled' ? [...words, first.value] : words,
    });
  const agreeing = best.same.map(({ endpoint }) => endpoint);
  return planOf(wanted, best.one, [...new Set([...agreeing, ...target.endpoints])]);
}

async function readShown(
  rpc: Rpc,
  { contract }: ActTarget,
  { edge, domain, served }: EdgeHalts,
): Promise<ShownPosition> {
  const reads = createChainReads(rpc, ACT_ERRORS);
  const position = await createHaltReader({ reads, attesterSet: contract }).readPosition(edge);
  const recovered = { domain, keccak256, recoverSigner: recoverCanonical };
  const signatures = await collectHaltSignatures(recovered, served, position);
  return { position, signatures, needed: haltQuorumOf(position.epoch.members.length) };
}

/** Asks every provider by itself; those that do not answer say nothing. */
async function askEach(target: ActTarget, wanted: EdgeHalts): Promise<readonly WordOfOne[]> {
  const { chain, endpoints, clock } = target;
  const asked = await Promise.allSettled(
    endpoints.map(async (endpoint) => {
      const rpc = createRpc({ chainId: chain.chainId, endpoints: [endpoint], timeoutMs: WORD_MS, clock });
      return { ...(await readShown(rpc, target, wanted)), endpoint };
    }),
  );
  return asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

function isReady({ position, signatures, needed }: ShownPosition): boolean {
  return !position.isHalted && signatures.size >= needed;
}

function isSame({ position: one }: ShownPosition, { position: other }: ShownPosition): boolean {
  return one.nonce === other.nonce && one.epoch.epoch === other.epoch.epoch;
}

function planOf(
  { edge }: EdgeHalts,
  { position, signatures, needed }: ShownPosition,
  endpoints: readonly ProviderEndpoint[],
): HaltPlan {
  const halt = { edge, nonce: position.nonce, epoch: position.epoch.epoch };
  const calldata = haltCalldata({ halt, signatures: quorumOfSignatures(signatures, needed) });
  return { calldata, signatures: signatures.size, endpoints };
}

/** Names the position that lacks fewest signatures, and how many call the edge halted. */
function refusalOf(
  { chain, endpoints }: ActTarget,
  { halted, shown }: { readonly halted: number; readonly shown: readonly ShownPosition[] },
): Error {
  const count = endpoints.length;
  const said = `${halted} of ${count} providers of ${chain.name} say that it is halted already; expected ${quorumSize(count)}`;
  const [best] = shown
    .filter(({ position }) => !position.isHalted)
    .sort((left, right) => left.needed - left.signatures.size - (right.needed - right.signatures.size));
  if (best === undefined)
    return operatorError('ACT_REFUSED', `${said}; surety doctor names those that do not answer; nothing was sent`);
  const { position, signatures, needed } = best;
  const missing = position.epoch.members.filter((member) => !signatures.has(member)).join(', ');
  const few = `signatures for epoch ${position.epoch.epoch} and nonce ${position.nonce}: ${signatures.size}; expected ${needed}`;
  return operatorError(
    'ACT_REFUSED',
    `${few}${halted === 0 ? '' : `; ${said}`}; ask for GET /v1/halts of ${missing}; nothing was sent`,
  );
}
