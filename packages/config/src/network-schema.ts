import { z } from 'zod';
import { hexAddress, basisPoints, decimalText, height, hexWord, named } from './schema-fields.js';
import { market } from './market-schema.js';
import { attesterOperator, policy, witness, WITNESS_SLOTS } from './witness-schema.js';

const index = z.int().min(1).max(65_535);
const reason = z.string().min(20, 'a sentence of at least 20 characters that says why');
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable, such as RPC_URL_BASE_1');

const finality = z.discriminatedUnion('rule', [
  z.strictObject({
    rule: z.literal('finalized'),
    /** Number of blocks by which finality advances at a time; frames are at most a quarter of it. */
    stepBlocks: z.int().min(1),
    reason,
  }),
  z.strictObject({ rule: z.literal('depth'), depth: z.int().min(0).max(100_000), stepBlocks: z.int().min(1), reason }),
]);

const provider = z.strictObject({
  name: named,
  /** The organisation that runs the provider; a quorum needs three different ones. */
  operator: named,
  /** The organisation whose nodes respond, if the operator resells them. */
  backend: named.optional(),
  urlEnv: variable,
});

const limits = z.strictObject({
  logRangeMax: z.int().min(1).max(1_000_000),
  callsPerFrameMax: z.int().min(8).max(10_000),
  requestTimeoutMs: z.int().min(100).max(120_000),
  responseBytesMax: z.int().min(65_536).max(134_217_728),
});

const asset = z.strictObject({
  /** The vault's own index, from 1. */
  index,
  /** The ledger's index of (source, asset), from 1. */
  assetId: index,
  symbol: named.max(20),
  token: hexAddress,
  decimals: z.int().min(0).max(24),
  underlying: index,
  /** Largest total locked at this vault, in token units. */
  cap: decimalText,
  /** Smallest lock, in token units. */
  minimum: decimalText,
  /** Smallest fee of a lock, in basis points of the smallest lock; 0 if left out. */
  lockFeeBp: basisPoints.optional(),
  baseI: basisPoints,
  baseM: basisPoints,
});

const vault = z.strictObject({
  address: hexAddress,
  codeHash: hexWord,
  /** The ledger's number of the vault; 0 for the vault of the settlement chain, and for no other. */
  source: z.int().min(0).max(65_535),
  fromBlock: height,
  /** Verifies the statements that the vault takes; of source 0 it is the LocalVerifier, which knows no signature. */
  attesterSet: hexAddress,
  /** The LocalDesk, which locks and credits, or releases and pays, in one transaction; of source 0 only. */
  desk: hexAddress.optional(),
  /** Locks the native coin; left out if there is none. */
  gateway: hexAddress.optional(),
  assets: z.array(asset).min(1),
  /** Other transports by which both ends learn each other's heads; none at source 0, whose journal the ledger reads. */
  witnesses: z.array(witness).max(WITNESS_SLOTS).optional(),
  /** The source's witness policy; none at source 0. */
  policy: policy.optional(),
});

const chain = z.strictObject({
  chainId: z.int().min(1),
  name: named,
  development: z.boolean(),
  /** LayerZero V2 endpoint id: 30000 + the id in @layerzerolabs/lz-sdk. */
  layerZeroEid: z.int().min(1).optional(),
  wormholeChainId: z.int().min(1).optional(),
  blockTimeMs: z.int().min(1),
  finality,
  frameLength: z.int().min(1),
  frameReason: reason,
  providers: z.array(provider).min(1),
  limits,
  /** The chain's vault. The settlement chain may have one too, which is source 0. */
  vault: vault.optional(),
});

/** One source of a price: its adapter, and what that reads. */
const priceSource = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('aggregator'),
    /** Who answers for the price: `chainlink`, `api3`, `redstone`. */
    network: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'a name in lower case, such as chainlink or api3'),
    adapter: hexAddress,
    aggregator: hexAddress,
  }),
  z.strictObject({ kind: z.literal('pyth'), adapter: hexAddress, pyth: hexAddress, feedId: hexWord }),
  z.strictObject({
    kind: z.literal('redstone'),
    adapter: hexAddress,
    feedId: hexWord,
    signers: z.array(hexAddress).min(1).max(7),
    /** Signers whose packages an update needs. */
    threshold: z.int().min(1).max(7),
  }),
]);

const settlement = z.strictObject({
  chainId: z.int().min(1),
  ledger: hexAddress,
  ledgerCodeHash: hexWord,
  lens: hexAddress,
  riskManager: hexAddress,
  /** Brings signed prices in front of a call. */
  priceDesk: hexAddress.optional(),
  auction: hexAddress.optional(),
  /** Markets that lend against the unified margin; left out if there are none. */
  markets: z.array(market).max(64).optional(),
  attesterSet: hexAddress,
  fromBlock: height,
  underlyings: z.array(
    z.strictObject({
      id: index,
      symbol: named,
      feed: hexAddress,
      priceMaxAgeS: z.int().min(1),
      /** Sources of the feed: one, or two or three of different networks under a median. */
      sources: z.array(priceSource).min(1).max(3).optional(),
    }),
  ),
});

/** The shape of chains.config.json; unknown members are refused. Cross-checks live in `checkNetwork`. */
export const networkSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  profile: z.enum(['development', 'production']),
  settlement: settlement.optional(),
  attesters: z
    .strictObject({
      epoch: z.int().min(1),
      members: z.array(hexAddress).min(4).max(31),
      /** Attesters' operators, as far as they are known. */
      operators: z.array(attesterOperator).optional(),
    })
    .optional(),
  chains: z.array(chain).min(1),
});

/** chains.config.json as written, with its shape checked. */
export type NetworkFile = z.infer<typeof networkSchema>;
/** One chain of the file. */
export type ChainFile = NetworkFile['chains'][number];
