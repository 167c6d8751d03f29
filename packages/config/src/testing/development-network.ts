const some = (digit: string): string => `0x${digit.repeat(40)}`;

/** A development chain, whose one provider is named by `RPC_<NAME>_1`. */
export function developmentChain(chainId: number, name: string): Record<string, unknown> {
  return {
    chainId,
    name,
    development: true,
    blockTimeMs: 1_000,
    finality: { rule: 'finalized', stepBlocks: 4, reason: 'a local chain with a finalized tag' },
    frameLength: 1,
    frameReason: 'every block, so that a test is quick',
    providers: [{ name: `${name}-1`, operator: 'me', urlEnv: `RPC_${name.toUpperCase()}_1` }],
    limits: { logRangeMax: 1_000, callsPerFrameMax: 64, requestTimeoutMs: 500, responseBytesMax: 1_048_576 },
  };
}

/** A network of two development chains, 900 with the ledger and 901 with a vault, whose providers are named by RPC_S_1 and RPC_A_1. */
export function developmentNetwork(): Record<string, unknown> {
  const asset = {
    index: 1,
    assetId: 1,
    symbol: 'USDC',
    token: some('3'),
    decimals: 6,
    underlying: 1,
    cap: '10',
    minimum: '1',
  };
  return {
    version: 1,
    profile: 'development',
    settlement: {
      chainId: 900,
      ledger: some('4'),
      ledgerCodeHash: `0x${'ab'.repeat(32)}`,
      lens: some('5'),
      riskManager: some('6'),
      attesterSet: some('7'),
      fromBlock: '1',
      underlyings: [{ id: 1, symbol: 'USD', feed: some('8'), priceMaxAgeS: 3_600 }],
    },
    attesters: { epoch: 1, members: ['1', '2', '3', '4'].map(some) },
    chains: [
      developmentChain(900, 's'),
      {
        ...developmentChain(901, 'a'),
        vault: {
          address: some('1'),
          codeHash: `0x${'ab'.repeat(32)}`,
          source: 1,
          fromBlock: '1',
          attesterSet: some('2'),
          assets: [{ ...asset, baseI: 9_500, baseM: 9_800 }],
        },
      },
    ],
  };
}
