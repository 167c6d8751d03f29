import { keccak256 } from '@surety/contracts';
import { type BlockHeight, ENTRY_BYTES, type JournalPosition, concatBytes } from '@surety/domain';
import { AnvilNode, type Lie, pick } from '@surety/rpc/testing';
import type { FinalBlock, Waypoint } from '@surety/workflows';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalWriter } from '../testing/journal-writer.js';
import { openTestChain } from '../testing/test-chain.js';

const STRIDE = 4n;

describe('a range too long for one frame', () => {
  let node: AnvilNode;
  let writer: JournalWriter;

  /** Ranges of 2 blocks and frames of at most 8 logs: 60 entries over 120 blocks exceed both limits. */
  const limits = { logSpanInitial: 2, logSpanMax: 2, logsMax: 8, callsPerFrameMax: 24 };
  type Opened = Awaited<ReturnType<typeof openTestChain>>;
  const wayOf = async ({ chain }: Opened, block?: FinalBlock) => ({
    journal: writer.spec,
    block: block ?? (await chain.readFinalTip()),
    after: writer.empty,
    afterBlock: (writer.spec.fromBlock - 1n) as BlockHeight,
  });

  beforeAll(async () => {
    node = await AnvilNode.start({ chainId: 41_090, args: ['--slots-in-an-epoch', '1'] });
    writer = await JournalWriter.deploy(node, keccak256, { direction: 'to-vault' });
    for (let amount = 1n; amount <= 60n; amount++) {
      await writer.append(amount);
      if (amount === 30n) await node.mine(40);
    }
    await node.mine(4);
  });
  afterAll(() => node.stop());

  /** Reads portion by portion, then the last frame, and returns all entries. */
  const walk = async (opened: Opened, waypoints: readonly Waypoint[], block: FinalBlock): Promise<Uint8Array> => {
    const { chain } = opened;
    const { journal, after, afterBlock } = await wayOf(opened, block);
    let at: { position: JournalPosition; height: BlockHeight } = { position: after, height: afterBlock };
    const parts: Uint8Array[] = [];
    for (const to of waypoints) {
      const entries = await chain.readPortion({ journal, after: at.position, afterBlock: at.height, to });
      parts.push(entries.packed);
      at = to;
    }
    const frame = await chain.readFrame({ journal, block, after: at.position, afterBlock: at.height });
    expect(frame.position).toEqual(writer.position());
    return concatBytes(...parts, frame.entries.packed);
  };

  it('is refused as one frame, and read in portions that respect every limit', async () => {
    const opened = await openTestChain(node, { limits });
    const way = await wayOf(opened);
    await expect(opened.chain.readFrame(way)).rejects.toMatchObject({ code: 'LOG_LIMIT' });
    const waypoints = await opened.chain.readWaypoints({ ...way, stride: STRIDE });
    expect(waypoints.length).toBeGreaterThan(7);
    expect(waypoints.every(({ height }) => height % STRIDE === 0n && height < way.block.height)).toBe(true);
    for (const { position } of waypoints) expect(writer.positions).toContainEqual(position);
    const packed = await walk(opened, waypoints, way.block);
    expect(packed).toHaveLength(60 * ENTRY_BYTES);
    const wide = await openTestChain(node);
    expect((await wide.chain.readFrame(await wayOf(wide, way.block))).entries.packed).toEqual(packed);
    expect(opened.chain.providerStats().map(({ lied }) => lied)).toEqual([0, 0, 0, 0]);
  });

  it('has no waypoints if one portion suffices', async () => {
    const opened = await openTestChain(node);
    expect(await opened.chain.readWaypoints({ ...(await wayOf(opened)), stride: STRIDE })).toEqual([]);
  });

  it('is refused if one stride holds more than the limit', async () => {
    const opened = await openTestChain(node, { limits: { ...limits, logsMax: 3 } });
    const way = await wayOf(opened);
    await expect(opened.chain.readWaypoints({ ...way, stride: 64n })).rejects.toMatchObject({ code: 'LOG_LIMIT' });
  });

  const forged: Lie = (request, { body }) => {
    if (request.method !== 'eth_getLogs') return undefined;
    const lied = (body.result as { data: string; topics: string[] }[]).map((log) =>
      BigInt(log.topics[2] ?? 0n) === 40n ? { ...log, data: `${log.data.slice(0, -1)}f` } : log,
    );
    return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id: request.id, result: lied }) };
  };

  it('is read from another provider if the first one forges an entry in its middle', async () => {
    const opened = await openTestChain(node, { limits });
    pick(opened.transports, 0).lie = forged;
    const way = await wayOf(opened);
    const waypoints = await opened.chain.readWaypoints({ ...way, stride: STRIDE });
    for (const { position } of waypoints) expect(writer.positions).toContainEqual(position);
    expect(opened.chain.providerStats()[0]).toMatchObject({ lied: 1, lastError: { code: 'BAD_LOGS' } });
    expect(await walk(opened, waypoints, way.block)).toHaveLength(60 * ENTRY_BYTES);
  });

  /** Refuses logs of more than one block. */
  const narrow: Lie = (request) => {
    if (request.method !== 'eth_getLogs') return undefined;
    const [range] = request.params as readonly [{ readonly fromBlock: string; readonly toBlock: string }];
    if (range.fromBlock === range.toBlock) return undefined;
    const error = { code: -32_005, message: 'block range too large' };
    return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id: request.id, error }) };
  };
  const wide = { logSpanInitial: 32, logSpanMax: 32, logsMax: 40 };

  it('leaves a provider that serves a block at a time while others take long ranges', async () => {
    const opened = await openTestChain(node, { limits: wide });
    const first = pick(opened.transports, 0);
    first.lie = narrow;
    const waypoints = await opened.chain.readWaypoints({ ...(await wayOf(opened)), stride: STRIDE });
    expect(waypoints.length).toBeGreaterThan(0);
    // 32, 16, 8, 4 and 2 blocks were refused, and no way of single blocks was begun.
    expect(first.count('eth_getLogs')).toBe(5);
    expect(opened.chain.providerStats()[0]).toMatchObject({ failed: 1, lied: 0, lastError: { code: 'INCOMPLETE' } });
  });

  it('is read a block at a time if no provider takes more', async () => {
    const opened = await openTestChain(node, { limits: wide });
    for (const transport of opened.transports) transport.lie = narrow;
    const way = await wayOf(opened);
    const waypoints = await opened.chain.readWaypoints({ ...way, stride: STRIDE });
    for (const { position } of waypoints) expect(writer.positions).toContainEqual(position);
    expect(await walk(opened, waypoints, way.block)).toHaveLength(60 * ENTRY_BYTES);
  });

  it('rejects a catch-up, and a portion of it, when two of four providers lie', async () => {
    const honest = await openTestChain(node, { limits });
    const way = await wayOf(honest);
    const waypoints = await honest.chain.readWaypoints({ ...way, stride: STRIDE });
    const opened = await openTestChain(node, { limits });
    for (const transport of opened.transports.slice(0, 2)) transport.lie = forged;
    await expect(opened.chain.readWaypoints({ ...way, stride: STRIDE })).rejects.toMatchObject({ code: 'NO_QUORUM' });
    expect(opened.chain.condition()).toMatchObject({ kind: 'no-quorum' });
    const at = waypoints.findIndex(({ position }) => position.count >= 40n);
    const [before, to] = [pick(waypoints, at - 1), pick(waypoints, at)];
    const portion = { journal: writer.spec, after: before.position, afterBlock: before.height, to };
    const fresh = await openTestChain(node, { limits });
    for (const transport of fresh.transports.slice(0, 2)) transport.lie = forged;
    await expect(fresh.chain.readPortion(portion)).rejects.toMatchObject({ code: 'NO_QUORUM' });
  });
});
