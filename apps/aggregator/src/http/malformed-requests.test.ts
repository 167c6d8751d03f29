import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';

/** Requests to each route; a campaign sends 50,000. The seed is told with what it finds. */
const REQUESTS = Number(process.env['SURETY_REQUESTS'] ?? 40);
const SEED = Number(process.env['SURETY_SEED'] ?? 20261124);

/** What no answer may show: a place in our code, a stack, a failure's own words. */
const LEAK = /node_modules|\.[jt]s:\d+|\n\s+at |\/dist\/|\/src\/|SQLITE|TypeError|RangeError|SyntaxError/;

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

let test: TestApp;

beforeEach(async () => {
  test = await startTestApp();
  await new TestLedger(test).credit();
  const { snapshot } = test.follower;
  if (snapshot === undefined) throw new TypeError('nothing is folded');
  await test.health.look(snapshot, []);
});

afterEach(() => test.close());

/** Draws below a bound, the same for a seed: the linear congruence of Knuth's MMIX. */
function seededDraw(seed: number): (bound: number) => number {
  let state = BigInt(seed);
  return (bound) => {
    state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
    return Number((state >> 33n) % BigInt(bound));
  };
}

type Draw = ReturnType<typeof seededDraw>;

const TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1e9',
  '0x',
  '0x0',
  '01',
  '1.5',
  'NaN',
  'null',
  'true',
  '[]',
  '{}',
  '..',
  '../../etc/passwd',
  '%',
  '%00',

  '\0',
  '\u{1f600}',
  '\u202e',
  "' OR 1=1 --",
  '<script>',
  '${7*7}',
  '__proto__',
  'constructor',
  '1:1',
  ':',
  '0x:1',
  '18446744073709551615',
  '18446744073709551616',
  '9'.repeat(80),
  'a'.repeat(300),
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD',

  ALICE,
  `${ALICE}:1`,
  `${ALICE}:99999999999999999999`,
  ALICE.slice(0, 42),
  ALICE.slice(0, 41),
  '1',
  '4',
  '1.05',
  'entry',
];

function textOf(draw: Draw): string {
  if (draw(4) > 0) return TEXTS[draw(TEXTS.length)] ?? '';
  return Array.from({ length: draw(70) }, () =>
    String.fromCodePoint(draw(10) === 0 ? draw(0xd7ff) : 32 + draw(95)),
  ).join('');
}

function jsonOf(draw: Draw, depth = 0): unknown {
  const kind = draw(depth > 5 ? 4 : 7);
  if (kind === 0) return textOf(draw);
  if (kind === 1) return draw(1_000) - 500;
  if (kind === 2) return [null, true, 1.5, 1e300][draw(4)];
  if (kind === 3) return TEXTS[draw(TEXTS.length)];
  if (kind < 5) return Array.from({ length: draw(4) }, () => jsonOf(draw, depth + 1));
  const names = [
    'statements',
    'statement',
    'from',
    'packed',
    'locations',
    'poster',
    'signature',
    'stage',
    'count',
    '__proto__',
  ];
  const made = Array.from({ length: draw(6) }, () => [names[draw(names.length)], jsonOf(draw, depth + 1)] as const);
  return Object.fromEntries(made);
}

function bodyOf(draw: Draw): string {
  const text = JSON.stringify(jsonOf(draw)) ?? '';
  return [text, text, text, text.slice(0, draw(text.length + 1)), '['.repeat(draw(50)), textOf(draw)][draw(6)] ?? '';
}

function urlOf(draw: Draw, path: string, { parameters = [] }: Operation): string {
  const wild = (): string => (draw(50) === 0 ? '%zz' : encodeURIComponent(textOf(draw)));
  const filled = path.replaceAll(/\{\w+\}/g, () => wild() || '1');
  const query = parameters
    .filter((one) => one.in === 'query' && draw(4) > 0)
    .flatMap(({ name }) => Array.from({ length: 1 + (draw(8) === 0 ? draw(4) : 0) }, () => `${name}=${wild()}`));
  // A stream that opened would never end its answer.
  if (path === '/v1/events') query.push(`types=none${draw(9)}`);
  if (draw(5) === 0) query.push(`${wild()}=${wild()}`);
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

describe('requests that nobody should send', () => {
  it(
    'are answered at every route, with no failure of ours and nothing of our insides',
    { timeout: 3_600_000 },
    async () => {
      const answer = await test.app.inject({ method: 'GET', url: '/openapi.json' });
      const { paths } = answer.json<{ paths: Record<string, Record<'get' | 'post', Operation>> }>();
      const draw = seededDraw(SEED);
      const found: string[] = [];
      const statuses = new Map<number, number>();
      for (const [path, operations] of Object.entries(paths)) {
        for (const [method, operation] of Object.entries(operations)) {
          for (let sent = 0; sent < REQUESTS; sent++) {
            const url = urlOf(draw, path, operation);
            const type =
              ['application/json', 'application/json', 'text/plain', 'application/json; charset=x'][draw(4)] ?? '';
            const remoteAddress = `203.0.${draw(250)}.${draw(250)}`;
            const posted = method === 'post' ? { headers: { 'content-type': type }, payload: bodyOf(draw) } : {};
            const request = {
              method: method === 'post' ? ('POST' as const) : ('GET' as const),
              url,
              remoteAddress,
              ...posted,
            };
            const { statusCode, body } = await test.app.inject(request);
            statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
            if (statusCode >= 500 || LEAK.test(body))
              found.push(`${JSON.stringify(request)}: ${statusCode} ${body.slice(0, 300)}`);
          }
        }
      }
      expect(found.slice(0, 20), `seed ${SEED}`).toEqual([]);
      const total = [...statuses.values()].reduce((sum, count) => sum + count, 0);
      process.stdout.write(`${total} requests with seed ${SEED}: ${JSON.stringify(Object.fromEntries(statuses))}\n`);
      expect(statuses.get(400)).toBeGreaterThan(total / 20);
    },
  );
});
