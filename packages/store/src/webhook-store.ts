import type {
  KeptMessages,
  NewWebhookMessage,
  WaitingMessages,
  WebhookMessage,
  WebhookOutbox,
} from '@surety/workflows';
import { type DataSource, type EntityManager, In, LessThanOrEqual, MoreThan, Not } from 'typeorm';
import { type DatabaseWriter, insertNew, replaceRows } from './database-writer.js';
import { WebhookEndpointRow, WebhookMessageRow } from './webhook-rows.js';

/** Stores messages to webhooks. */
export class DatabaseWebhookOutbox implements WebhookOutbox {
  readonly #database: DataSource;
  readonly #writer: DatabaseWriter;

  constructor(database: DataSource, writer: DatabaseWriter) {
    this.#database = database;
    this.#writer = writer;
  }

  async addMessages(messages: readonly NewWebhookMessage[], kept: KeptMessages): Promise<void> {
    await this.#writer.write(async (manager) => {
      const ids = messages.map(({ id }) => id);
      const waiting = await manager.find(WebhookMessageRow, { select: { id: true }, where: { id: In(ids) } });
      const known = new Set(waiting.map(({ id }) => id));
      const last = await lastPosition(manager);
      const added = messages.filter(({ id }) => !known.has(id));
      await insertNew(
        manager,
        WebhookMessageRow,
        added.map((message, at) => ({ ...message, position: last + 1 + at })),
      );
      await dropOfLanes(manager, [...new Set(added.map(({ lane }) => lane))], kept.ofLane);
      await manager.delete(WebhookMessageRow, { position: LessThanOrEqual(last + added.length - kept.all) });
    });
  }

  async openEndpoints(endpoints: readonly string[]): Promise<readonly string[]> {
    return this.#writer.write(async (manager) => {
      const rows = await manager.find(WebhookEndpointRow);
      const added = endpoints.filter((endpoint) => rows.every((row) => row.endpoint !== endpoint));
      const settled = await lastPosition(manager);
      await replaceRows(
        manager,
        WebhookEndpointRow,
        added.map((endpoint) => ({ endpoint, settled })),
      );
      await manager.delete(WebhookEndpointRow, { endpoint: Not(In([...endpoints])) });
      await dropSettled(manager);
      return added;
    });
  }

  async loadWaiting(endpoint: string, limit: number): Promise<WaitingMessages> {
    const { manager } = this.#database;
    const after = (await manager.findOneByOrFail(WebhookEndpointRow, { endpoint })).settled;
    const where = { position: MoreThan(after) };
    const messages = await this.loadBehind(after, limit);
    const waiting = messages.length < limit ? messages.length : await manager.count(WebhookMessageRow, { where });
    return { after, waiting, messages };
  }

  async loadBehind(position: number, limit: number): Promise<readonly WebhookMessage[]> {
    const where = { position: MoreThan(position) };
    return this.#database.manager.find(WebhookMessageRow, { where, order: { position: 'ASC' }, take: limit });
  }

  async saveSettled(endpoint: string, position: number): Promise<void> {
    await this.#writer.write(async (manager) => {
      await manager.update(WebhookEndpointRow, { endpoint }, { settled: position });
      await dropSettled(manager);
    });
  }
}

/** The newest position that was given out: what all endpoints have settled is not in the table any more. */
async function lastPosition(manager: EntityManager): Promise<number> {
  const [message, endpoint] = [
    await manager.maximum(WebhookMessageRow, 'position'),
    await manager.maximum(WebhookEndpointRow, 'settled'),
  ];
  return Math.max(message ?? 0, endpoint ?? 0);
}

/** Leaves the newest messages of some lanes. */
async function dropOfLanes(manager: EntityManager, lanes: readonly string[], kept: number): Promise<void> {
  if (lanes.length === 0) return;
  const ranked = manager
    .createQueryBuilder()
    .select('message.position', 'position')
    .addSelect('ROW_NUMBER() OVER (PARTITION BY message.lane ORDER BY message.position DESC)', 'place')
    .from(WebhookMessageRow, 'message')
    .where('message.lane IN (:...lanes)', { lanes });
  const rows = await manager
    .createQueryBuilder()
    .select('ranked.position', 'position')
    .from(`(${ranked.getQuery()})`, 'ranked')
    .where('ranked.place > :kept', { kept })
    .setParameters(ranked.getParameters())
    .getRawMany<{ position: number | string }>();
  const positions = rows.map(({ position }) => Number(position));
  // Few, unless an older version kept more: a statement takes 65,535 parameters.
  for (let from = 0; from < positions.length; from += POSITIONS_AT_ONCE)
    await manager.delete(WebhookMessageRow, { position: In(positions.slice(from, from + POSITIONS_AT_ONCE)) });
}

const POSITIONS_AT_ONCE = 10_000;

async function dropSettled(manager: EntityManager): Promise<void> {
  const first = await manager.minimum(WebhookEndpointRow, 'settled');
  if (first === null) await manager.clear(WebhookMessageRow);
  else await manager.delete(WebhookMessageRow, { position: LessThanOrEqual(first) });
}
