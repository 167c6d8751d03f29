import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { rowOf } from '../alternate.js';
import { MeasuredChild } from '../measured-child.js';
import { MeasurementError, type Measurement } from '../row.js';

const ACCOUNTS = 1_000;
const CONNECTIONS = 32;
const REQUESTS = 6_000;
const ROUNDS = 7;

/** CPU of the aggregator for each read of an account's margin against a bare Fastify route that gives the same body. */
export const marginRow: Measurement = {
  ids: ['http.margin'],
  measure: async () => {
    const app = fileURLToPath(new URL('./testing/measured-app.js', import.meta.resolve('@surety/aggregator/main')));
    const { child: ours, told: url } = await MeasuredChild.start(app, ['serve', String(ACCOUNTS)]);
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    try {
      const body = await read(String(url), agent);
      const bare = fileURLToPath(new URL('../margin/bare-route.js', import.meta.url));
      const { child: theirs, told: bareUrl } = await MeasuredChild.start(bare, [body]);
      try {
        if (JSON.stringify(JSON.parse(await read(String(bareUrl), agent))) !== JSON.stringify(JSON.parse(body)))
          throw new MeasurementError('http.margin: the two routes give different bodies');
        const figures: { subject: number; reference: number }[] = [];
        for (let round = 0; round <= ROUNDS; round++) {
          const subject = await cpuPerRequest(ours, String(url), { agent, body });
          const reference = await cpuPerRequest(theirs, String(bareUrl), { agent, body });
          if (round > 0) figures.push({ subject, reference });
        }
        return [
          rowOf({ id: 'http.margin', unit: 'µs of CPU', against: 'a bare Fastify route', better: 'lower', figures }),
        ];
      } finally {
        await theirs.stop();
      }
    } finally {
      agent.destroy();
      await ours.stop();
    }
  },
};

async function cpuPerRequest(
  child: MeasuredChild,
  url: string,
  { agent, body }: { agent: Agent; body: string },
): Promise<number> {
  const before = Number(await child.ask('cpu'));
  let left = REQUESTS;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const answer = await read(url, agent);
      if (answer.length !== body.length) throw new MeasurementError(`${url} gave ${answer.length} bytes`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return (Number(await child.ask('cpu')) - before) / REQUESTS;
}

function read(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(new MeasurementError(`${url} answered ${response.statusCode}`));
      });
    }).on('error', reject);
  });
}
