import type { AccountProtocolsView } from '@surety/api';
import { POSITION_KINDS, readAccountProtocols } from '@surety/chain';
import type { AggregatorConfig } from '@surety/config';
import { type Bytes32, address } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import { openViewClient } from '../chains/open-view-client.js';

/** Reads the protocols of an account at the newest block of one provider. */
export type ReadProtocols = (account: Bytes32) => Promise<AccountProtocolsView>;

/** Returns what reads an account's protocols; nothing is read yet. */
export function protocolReader(
  config: Pick<AggregatorConfig, 'settlement' | 'endpoints'>,
  clock: Clock,
): ReadProtocols {
  const { chainId, lens: lensText, markets = [], underlyings } = config.settlement;
  const lens = address(lensText);
  const reader = openViewClient(config, chainId, clock);
  const symbolOf = (slot: number): string | null => underlyings.find(({ id }) => id === slot)?.symbol ?? null;
  return async (account) => {
    const { number: blockNumber, timestamp } = await reader.getBlock();
    const { protocols, ...sums } = await readAccountProtocols(reader, { lens, account, blockNumber });
    return {
      account,
      block: { height: blockNumber, timestamp },
      ...sums,
      protocols: protocols.map(({ shown, ...one }) => ({
        ...one,
        market: markets.find((market) => address(market.address) === one.protocol)?.name ?? null,
        cashWad: shown?.cashWad ?? null,
        positions:
          shown?.positions.map(({ kind, expiry, ...held }) => ({
            ...held,
            symbol: symbolOf(held.slot),
            kind: POSITION_KINDS[kind] ?? 'perpetual',
            expiry: BigInt(expiry),
          })) ?? null,
      })),
    };
  };
}
