import { bridgeIdsOf, isTestnetAddress, wormholeCoreOf } from '../chain-tables.js';
import type { Network } from '../parse-network.js';
import { FINALITY_STEPS, GUARDIANS_MIN } from './lint-limits.js';
import { type LintRule, lintRule } from './lint-rule.js';
import {
  type Chain,
  witnessEndsOf,
  isSame,
  isUnset,
  layerZeroEndsOf,
  stateProofEndsOf,
  waysOf,
  witnessesOf,
  wormholeEndsOf,
} from './lint-subjects.js';

const WORMHOLE = 'chains[0].vault.witnesses[1]';
const PROOF = 'chains[0].vault.witnesses[2]';

/** Rules about all kinds of witness, and those specific to Wormhole and to state proofs. */
export const BRIDGE_RULES: readonly LintRule[] = [
  lintRule({
    id: 'unset-peer',
    severity: 'refuse',
    wants: 'the contract of the other chain that this end listens to',
    why: 'An end without a peer either hears nobody or, where zero is taken for an answer, everybody.',
    fix: 'Set the peer on chain, and name it here.',
    bad: { [`${WORMHOLE}.atLedger.peer`]: null },
    good: { [`${WORMHOLE}.atLedger.peer`]: `0x${'e1'.repeat(20)}` },
    subjects: witnessEndsOf,
    field: 'peer',
    judge: ({ end }) => (isUnset(end.peer) ? (end.peer ?? 'nothing') : null),
  }),
  lintRule({
    id: 'wrong-peer',
    severity: 'refuse',
    wants: 'the other end of the same witness, or for a state proof the journal’s own contract',
    why: 'Whoever owns the contract that is listened to writes the heads.',
    fix: 'Correct `peer`, here and on chain.',
    bad: { [`${PROOF}.atLedger.peer`]: `0x${'99'.repeat(20)}` },
    good: { [`${PROOF}.atLedger.peer`]: `0x${'1'.repeat(40)}` },
    subjects: witnessEndsOf,
    field: 'peer',
    judge: ({ end, peerWanted }) =>
      end.peer === undefined || isUnset(end.peer) || isSame({ hex: end.peer }, { hex: peerWanted })
        ? null
        : `${end.peer} instead of ${peerWanted}`,
  }),
  lintRule({
    id: 'finality-below-chain',
    severity: 'refuse',
    wants: 'witnesses that wait for what the chain’s own rule calls final',
    why: 'Below finality one message may come in two versions, both with valid signatures: a reorganisation would look like a lie.',
    fix: `Wait for finality: ${FINALITY_STEPS} finality steps of confirmations, a final consistency level, final block hashes.`,
    bad: { [`${WORMHOLE}.atVault.consistencyLevel`]: 200 },
    good: { [`${WORMHOLE}.atVault.consistencyLevel`]: 1 },
    subjects: waitsOf,
    judge: ({ seen }) => seen,
  }),
  lintRule({
    id: 'testnet-address',
    severity: 'refuse',
    wants: 'no address of a test network on a public chain',
    why: 'On another chain nobody has deployed there yet: whoever does first answers in the bridge’s name.',
    fix: 'Take the address of this chain from the bridge’s own table.',
    bad: { 'chains[0].vault.witnesses[0].atLedger.endpoint': '0x6EDCE65403992e310A62460808c4b910D972f10f' },
    good: { 'chains[0].vault.witnesses[0].atLedger.endpoint': '0x1a44076050125825900e736c501f859c50fE728c' },
    subjects: bridgesOf,
    judge: ({ here, address }) =>
      bridgeIdsOf(here.chainId).name !== undefined && isTestnetAddress(address)
        ? `${address} on ${here.name}, known from a test network`
        : null,
  }),
  lintRule({
    id: 'wrong-wormhole-core',
    severity: 'refuse',
    wants: 'the core contract that the Wormhole SDK names for the chain',
    why: 'Wormhole, February 2022: whoever answered in place of the real check was believed, 120,000 ETH.',
    fix: 'Take the address from the SDK’s table.',
    bad: { [`${WORMHOLE}.atLedger.core`]: `0x${'98'.repeat(20)}` },
    good: { [`${WORMHOLE}.atLedger.core`]: wormholeCoreOf(8453) },
    subjects: wormholeEndsOf,
    field: 'core',
    judge: ({ end, here }) => {
      const known = wormholeCoreOf(here.chainId);
      const fine = known === undefined || isSame({ hex: known }, { hex: end.core }) || isTestnetAddress(end.core);
      return fine ? null : `${end.core} instead of ${known}`;
    },
  }),
  lintRule({
    id: 'few-guardians',
    severity: 'refuse',
    wants: `a guardian set of at least ${GUARDIANS_MIN}`,
    why: 'The public set has 19 members of whom 13 sign; a set of one is a development network’s, whose key is published.',
    fix: 'Correct `guardianSet`; if it is right, this is no public Wormhole.',
    bad: { [`${WORMHOLE}.guardianSet.size`]: 1 },
    good: { [`${WORMHOLE}.guardianSet.size`]: 19 },
    subjects: guardianSetsOf,
    field: 'size',
    judge: ({ size }) => (size < GUARDIANS_MIN ? String(size) : null),
  }),
  lintRule({
    id: 'zero-root',
    severity: 'refuse',
    wants: 'the hash of a real block as anchor',
    why: 'Nomad, August 2022: the zero root was trusted, so every message that was never proven was accepted, 190 M.',
    fix: 'Anchor at a final block and name its hash.',
    bad: { [`${PROOF}.atLedger.anchor.hash`]: `0x${'0'.repeat(64)}` },
    good: { [`${PROOF}.atLedger.anchor.hash`]: `0x${'ab'.repeat(32)}` },
    subjects: stateProofEndsOf,
    field: 'anchor.hash',
    judge: ({ end }) => (/^0x0{64}$/.test(end.anchor.hash) ? 'zero' : null),
  }),
];

/**
 * The confirmations that each direction of each witness waits for, compared with its origin's rule. `seen` is null if they are
 * enough.
 */
function waitsOf(network: Network): { path: string; seen: string | null }[] {
  const paths = waysOf(network).map(({ path, receive: { confirmations }, origin }) => {
    const least = confirmationsOf(origin);
    // Zero means the library's default, which another rule covers.
    const short = confirmations !== 0 && confirmations < least;
    return {
      path: `${path}.confirmations`,
      seen: short ? `${confirmations} blocks of ${origin.name}, final after ${least}` : null,
    };
  });
  const levels = wormholeEndsOf(network).map(({ path, end: { consistencyLevel }, here }) => {
    const name = { 200: 'instant', 201: 'safe', 203: 'custom' }[consistencyLevel];
    return {
      path: `${path}.consistencyLevel`,
      seen: name === undefined ? null : `${consistencyLevel} (${name}) on ${here.name}`,
    };
  });
  const proofs = stateProofEndsOf(network).map(({ path, end: { hashSource }, there }) => ({
    path: `${path}.hashSource.takes`,
    seen: hashSource.takes === 'finalized' ? null : `${hashSource.takes} blocks of ${there.name}`,
  }));
  return [...paths, ...levels, ...proofs];
}

function confirmationsOf({ finality }: Chain): number {
  return finality.rule === 'depth' ? finality.depth : FINALITY_STEPS * finality.stepBlocks;
}

/** The contracts of bridges that witnesses rely on. */
function bridgesOf(network: Network): { path: string; here: Chain; address: string }[] {
  return [
    ...layerZeroEndsOf(network).map(({ path, here, end }) => ({
      path: `${path}.endpoint`,
      here,
      address: end.endpoint,
    })),
    ...wormholeEndsOf(network).map(({ path, here, end }) => ({ path: `${path}.core`, here, address: end.core })),
  ];
}

function guardianSetsOf(network: Network): { path: string; size: number }[] {
  return witnessesOf(network).flatMap(({ path, witness }) => {
    if (witness.kind !== 'wormhole') return [];
    const { guardianSet, nextGuardianSet: next } = witness;
    const following = next === undefined ? [] : [{ path: `${path}.nextGuardianSet`, size: next.size }];
    return [{ path: `${path}.guardianSet`, size: guardianSet.size }, ...following];
  });
}
