import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

// One route of bare Fastify that answers with the given body, written as JSON anew for each request.
const body = JSON.parse(process.argv[2] ?? '{}') as unknown;
const app = fastify();
app.get('/v1/accounts/:account/margin', async () => body);
await app.listen({ port: 0, host: '127.0.0.1' });
const { port } = app.server.address() as AddressInfo;
process.on('message', (asked) => {
  if (asked !== 'cpu') return;
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit(0));
process.send?.(`http://127.0.0.1:${port}/v1/accounts/1/margin`);
