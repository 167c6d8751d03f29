import { exampleNetwork, parseNetwork } from '@surety/config';
import { expect, it } from 'vitest';
import { payCommandOf, paymentEdges, relayedEdges } from './relayed-edges.js';

const some = (digits: string): string => `0x${digits.repeat(40).slice(0, 40)}`;

/** The example's network, with a vault beside its ledger. */
function withLocalVault() {
  const network = exampleNetwork();
  const home = network.chains.find(({ chainId }) => chainId === network.settlement?.chainId);
  const vault = {
    address: some('1a'),
    codeHash: `0x${'ea'.repeat(32)}`,
    source: 0,
    fromBlock: '30',
    attesterSet: some('1b'),
    desk: some('1c'),
    assets: [
      {
        index: 1,
        assetId: 2,
        symbol: 'USDC',
        token: some('73'),
        decimals: 6,
        underlying: 1,
        cap: '15000000000000',
        minimum: '1000000',
        baseI: 9_500,
        baseM: 9_800,
      },
    ],
  };
  const chains = network.chains.map((chain) => (chain === home ? { ...chain, vault } : chain));
  return { network: parseNetwork(JSON.stringify({ ...network, chains }), 'here'), home };
}

const { network, home } = withLocalVault();

it('are those of vaults on chains of their own: nobody relays for the vault beside the ledger', () => {
  const edges = relayedEdges(network, {});
  expect(edges.map(({ direction }) => direction)).toEqual(expect.arrayContaining(['to-ledger', 'to-vault']));
  expect(edges.filter(({ source }) => source === 0)).toEqual([]);
  const others = relayedEdges(parseNetwork(JSON.stringify(exampleNetwork()), 'here'), {});
  expect(others.map(({ journal }) => journal)).toEqual(edges.map(({ journal }) => journal));
  expect(() => relayedEdges(network, { chain: home?.name ?? '' })).toThrow('expected surety credit');
});

it('leave none out where payments are looked for, and name who carries each', () => {
  const edges = paymentEdges(network);
  const relayed = relayedEdges(network, { direction: 'to-vault' });
  expect(edges.filter(({ source }) => source !== 0)).toEqual(relayed);
  const own = edges.filter(({ source }) => source === 0);
  expect(own).toMatchObject([
    {
      direction: 'to-vault',
      origin: { chainId: home?.chainId },
      destination: { chainId: home?.chainId },
      journal: { edge: { journal: network.settlement?.ledger.toLowerCase(), replica: some('1a') } },
    },
  ]);
  expect(own.map(payCommandOf)).toEqual(['surety deliver']);
  expect(new Set(relayed.map(payCommandOf))).toEqual(new Set(['surety relay']));
});
