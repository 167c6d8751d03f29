import type { LayerZeroEndRequest, WitnessRequest, WormholeEndRequest } from '@surety/contracts';
import type { DeployTarget } from '../chains/deploy-development.js';
import { CHAINS, SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import { type LayerZeroChain, deployLayerZero } from './deploy-layer-zero.js';
import { type GuardianKeys, type WormholeChain, deployWormhole, guardianKeys } from './wormhole-guardians.js';

/** Both bridges on every local chain, and the keys of their operators. */
export interface DevnetBridges {
  readonly layerZero: ReadonlyMap<number, LayerZeroChain>;
  readonly wormhole: ReadonlyMap<number, WormholeChain>;
  readonly guardians: GuardianKeys;
}

/** The bridges' ids of the local chains. The bridges use them for no other chain. */
export const bridgeIdsOfChain = (chainId: number): { layerZeroEid: number; wormholeChainId: number } => ({
  layerZeroEid: 40_000 + chainId,
  wormholeChainId: 10_000 + chainId,
});

/** Origin blocks for which the local network's verifiers wait: its chains' finality. */
export const CONFIRMATIONS = 3;

/** Deploys LayerZero's and Wormhole's own contracts on every local chain, with paths between the settlement chain and each other one. */
export async function deployBridges(
  targetOf: (chainId: number) => DeployTarget,
  { guardians: size }: { readonly guardians: number },
): Promise<DevnetBridges> {
  const guardians = guardianKeys(size);
  const deployed = await Promise.all(
    CHAINS.map(async ({ chainId }) => {
      const others = CHAINS.filter((other) =>
        chainId === SETTLEMENT_CHAIN_ID ? other.chainId !== chainId : other.chainId === SETTLEMENT_CHAIN_ID,
      );
      const ids = bridgeIdsOfChain(chainId);
      const remotes = others.map((other) => bridgeIdsOfChain(other.chainId).layerZeroEid);
      const layerZero = await deployLayerZero(targetOf(chainId), { eid: ids.layerZeroEid, remotes });
      const wormhole = await deployWormhole(targetOf(chainId), { chain: ids.wormholeChainId, guardians });
      return { chainId, layerZero, wormhole };
    }),
  );
  return {
    layerZero: new Map(deployed.map(({ chainId, layerZero }) => [chainId, layerZero])),
    wormhole: new Map(deployed.map(({ chainId, wormhole }) => [chainId, wormhole])),
    guardians,
  };
}

/** Returns the two witnesses of a source over these bridges. */
export function witnessesOver(bridges: DevnetBridges, chainId: number): readonly WitnessRequest[] {
  const { guardians } = bridges;
  return [
    {
      kind: 'layerzero',
      name: 'layerzero',
      slot: 0,
      operator: 'LayerZero',
      failureDomain: 'layerzero',
      mayConflict: true,
      atVault: layerZeroEnd(bridges, chainId),
      atLedger: layerZeroEnd(bridges, SETTLEMENT_CHAIN_ID),
    },
    {
      kind: 'wormhole',
      name: 'wormhole',
      slot: 1,
      operator: 'Wormhole',
      failureDomain: 'wormhole',
      mayConflict: true,
      guardianSet: { index: guardians.index, size: guardians.guardians.length },
      atVault: wormholeEnd(bridges, chainId),
      atLedger: wormholeEnd(bridges, SETTLEMENT_CHAIN_ID),
    },
  ];
}

function layerZeroEnd({ layerZero }: DevnetBridges, chainId: number): LayerZeroEndRequest {
  const { endpoint, sendLibrary, receiveLibrary, executor, dvns } = layerZero.get(chainId) as LayerZeroChain;
  const verifiers = {
    confirmations: CONFIRMATIONS,
    requiredDvns: dvns.map(({ operator, address }) => ({ operator, address })),
    optionalDvns: [],
    optionalThreshold: 0,
  };
  return { endpoint, sendLibrary, receiveLibrary, executor, send: verifiers, receive: verifiers };
}

function wormholeEnd({ wormhole }: DevnetBridges, chainId: number): WormholeEndRequest {
  return { core: (wormhole.get(chainId) as WormholeChain).core };
}
