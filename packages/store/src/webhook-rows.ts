import { Column, Entity, PrimaryColumn } from 'typeorm';
import { LABEL, SAFE_INTEGER, TEXT, WORD } from './columns.js';

/** A message that waits for webhooks. */
@Entity('webhook_messages')
export class WebhookMessageRow {
  @PrimaryColumn(SAFE_INTEGER) position!: number;
  @Column({ ...LABEL, unique: true }) id!: string;
  @Column(WORD) lane!: string;
  @Column(SAFE_INTEGER) writtenMs!: number;
  @Column(TEXT) json!: string;
}

/** The last position that is settled for an endpoint. */
@Entity('webhook_endpoints')
export class WebhookEndpointRow {
  @PrimaryColumn(WORD) endpoint!: string;
  @Column(SAFE_INTEGER) settled!: number;
}
