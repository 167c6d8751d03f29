export { WEBHOOKS_KEPT, WEBHOOK_GIVE_UP_MS } from './limits.js';
export * from './webhook-delivery.js';
export * from './webhook-outbox.js';
