import { type View, blockHashText, natural, record, u64 } from './values.js';

const block = { chainId: natural, height: u64, hash: blockHashText };

/** A block of a chain. */
export const blockView = record(block).meta({ id: 'Block' });
/** A block of a chain. */
export type BlockView = View<typeof blockView>;

/** A block of a chain with its timestamp. */
export const timedBlockView = record({ ...block, timestamp: u64.describe('Seconds.') }).meta({ id: 'TimedBlock' });
/** A block of a chain with its timestamp in seconds. */
export type TimedBlockView = View<typeof timedBlockView>;
