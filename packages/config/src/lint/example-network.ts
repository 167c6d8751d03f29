import { bridgeIdsOf, wormholeCoreOf } from '../chain-tables.js';
import type { ChainFile, NetworkFile } from '../network-schema.js';
import type { LintedWitness } from './lint-subjects.js';

const ETHEREUM = 1;
const BASE = 8453;
const OPTIMISM = 10;
const LAYERZERO_ENDPOINT = '0x1a44076050125825900e736c501f859c50fE728c';

/**
 * Returns a network that keeps every rule of the linter: a vault on Ethereum with three witnesses, a ledger on Base,
 * and a chain without a vault. The rules' examples modify it. Its own contracts are invented; its bridges are real.
 */
export function exampleNetwork(): NetworkFile {
  return {
    version: 1,
    profile: 'production',
    settlement: {
      chainId: BASE,
      ledger: filled('4'),
      ledgerCodeHash: `0x${'cd'.repeat(32)}`,
      lens: filled('5'),
      riskManager: filled('6'),
      priceDesk: filled('9c'),
      auction: filled('9'),
      markets: [exampleMarket()],
      attesterSet: filled('7'),
      fromBlock: '20',
      underlyings: [
        {
          id: 1,
          symbol: 'USD',
          feed: filled('8'),
          priceMaxAgeS: 90_000,
          sources: [
            { kind: 'aggregator', network: 'chainlink', adapter: filled('8a'), aggregator: filled('8b') },
            { kind: 'aggregator', network: 'api3', adapter: filled('8c'), aggregator: filled('8d') },
          ],
        },
      ],
    },
    attesters: { epoch: 1, members: numbered((n) => `0x${n.padStart(40, 'a')}`), operators: numbered(attester) },
    chains: [exampleSource(), exampleChain(BASE, 'base'), exampleChain(OPTIMISM, 'optimism')],
  };
}

type Market = NonNullable<NonNullable<NetworkFile['settlement']>['markets']>[number];

function exampleMarket(): Market {
  const nobody = filled('0');
  return {
    name: 'usdc',
    address: filled('71'),
    codeHash: `0x${'ce'.repeat(32)}`,
    tranche: filled('72'),
    symbol: 'USDC',
    token: filled('73'),
    decimals: 6,
    listed: true,
    terms: {
      initialBp: 11_000,
      maintenanceBp: 10_500,
      feeBp: 100,
      keeperMost: '50000000',
      priceSlot: 1,
      reserveBp: 2_000,
      rate0: '10000000000000000',
      rate1: '50000000000000000',
      rate2: '600000000000000000',
      kinkBp: 8_000,
      debtCap: '10000000000000',
      least: '1000000000',
      gate: nobody,
      exitClaimant: nobody,
    },
  };
}

function numbered<Value>(make: (digit: string) => Value): Value[] {
  return ['1', '2', '3', '4', '5', '6', '7'].map(make);
}

function attester(n: string): { member: string; operator: string; failureDomain: string; custody: string } {
  return {
    member: `0x${n.padStart(40, 'a')}`,
    operator: `attester-${n}`,
    failureDomain: `region-${n}`,
    custody: `module-${n}`,
  };
}

/** An address of one or two hex digits, repeated. */
function filled(digits: string): string {
  return `0x${digits.repeat(40).slice(0, 40)}`;
}

function exampleChain(chainId: number, name: string): ChainFile {
  const { layerZeroEid, wormholeChainId } = bridgeIdsOf(chainId);
  const isL1 = chainId === ETHEREUM;
  return {
    chainId,
    name,
    development: false,
    layerZeroEid,
    wormholeChainId,
    blockTimeMs: isL1 ? 12_000 : 2_000,
    finality: {
      rule: 'finalized',
      stepBlocks: isL1 ? 32 : 192,
      reason: 'The finalized tag advances one epoch of 384 seconds at a time.',
    },
    frameLength: isL1 ? 8 : 32,
    frameReason: 'At most a quarter of an epoch, so that one late frame costs a minute or two.',
    providers: ['alpha', 'beta', 'gamma', 'delta'].map((greek, at) => ({
      name: `${name}-${greek}`,
      operator: `operator-${greek}`,
      urlEnv: `RPC_URL_${name.toUpperCase()}_${at + 1}`,
    })),
    limits: {
      logRangeMax: 2_000,
      callsPerFrameMax: 64,
      requestTimeoutMs: 20_000,
      responseBytesMax: 33_554_432,
    },
  };
}

function exampleSource(): ChainFile {
  return {
    ...exampleChain(ETHEREUM, 'ethereum'),
    vault: {
      address: filled('1'),
      codeHash: `0x${'ef'.repeat(32)}`,
      source: 1,
      fromBlock: '10',
      attesterSet: filled('2'),
      assets: [
        {
          index: 1,
          assetId: 1,
          symbol: 'USDC',
          token: filled('3'),
          decimals: 6,
          underlying: 1,
          cap: '15000000000000',
          minimum: '1000000',
          lockFeeBp: 100,
          baseI: 9_500,
          baseM: 9_800,
        },
      ],
      witnesses: [layerZero(), wormhole(), stateProof()],
      policy: {
        m: 2,
        valueMaxUsd: '15000000',
        fastBp: 1_000,
      },
    },
  };
}

type Kind<Name extends LintedWitness['kind']> = Extract<
  NonNullable<NonNullable<ChainFile['vault']>['witnesses']>[number],
  { kind: Name }
>;

function layerZero(): Kind<'layerzero'> {
  const atVault = { contract: filled('e0'), endpoint: LAYERZERO_ENDPOINT, peer: filled('f0') };
  const atLedger = { contract: filled('f0'), endpoint: LAYERZERO_ENDPOINT, peer: filled('e0') };
  const library = (
    send: string,
    receive: string,
    executor: string,
  ): Record<'sendLibrary' | 'receiveLibrary' | 'executor', string> => ({
    sendLibrary: filled(send),
    receiveLibrary: filled(receive),
    executor: filled(executor),
  });
  // Three finality steps: 96 blocks of Ethereum, 576 of Base.
  return {
    kind: 'layerzero',
    name: 'layerzero',
    slot: 0,
    operator: 'layerzero',
    failureDomain: 'layerzero-dvns',
    mayConflict: true,
    atVault: { ...atVault, ...library('c1', 'c2', 'c5'), send: uln(96, 'b'), receive: uln(576, 'b') },
    atLedger: { ...atLedger, ...library('c3', 'c4', 'c6'), send: uln(576, 'd'), receive: uln(96, 'd') },
  };
}

/** Two required DVNs and one of two optional ones; DVNs on one chain share the first digit of their address. */
function uln(confirmations: number, digit: string): Kind<'layerzero'>['atVault']['send'] {
  const dvn = (name: string, at: number): { operator: string; address: string } => ({
    operator: `dvn-${name}`,
    address: filled(`${digit}${at}`),
  });
  return {
    confirmations,
    requiredDvns: [dvn('alpha', 1), dvn('beta', 2)],
    optionalDvns: [dvn('gamma', 3), dvn('delta', 4)],
    optionalThreshold: 1,
  };
}

function wormhole(): Kind<'wormhole'> {
  return {
    kind: 'wormhole',
    name: 'wormhole',
    slot: 1,
    operator: 'wormhole',
    failureDomain: 'wormhole-guardians',
    mayConflict: true,
    guardianSet: { index: 4, size: 19 },
    atVault: { contract: filled('e1'), core: coreOf(ETHEREUM), consistencyLevel: 1, peer: filled('f1') },
    atLedger: { contract: filled('f1'), core: coreOf(BASE), consistencyLevel: 1, peer: filled('e1') },
  };
}

function coreOf(chainId: number): string {
  return wormholeCoreOf(chainId) ?? filled('0');
}

function stateProof(): Kind<'state-proof'> {
  const anchor = { height: '10', hash: `0x${'ab'.repeat(32)}` };
  return {
    kind: 'state-proof',
    name: 'state-proof',
    slot: 2,
    operator: 'prover-alpha',
    failureDomain: 'state-proofs',
    mayConflict: true,
    atVault: {
      contract: filled('e2'),
      hashSource: { kind: 'dispute-game', address: filled('9a'), takes: 'finalized' },
      peer: filled('4'),
      anchor,
    },
    atLedger: {
      contract: filled('f2'),
      hashSource: { kind: 'l1-message', address: filled('9b'), takes: 'finalized' },
      peer: filled('1'),
      anchor,
    },
  };
}
