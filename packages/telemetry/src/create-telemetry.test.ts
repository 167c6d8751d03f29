import type { ObservedEvent } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { LABEL_VALUES_MAX } from './create-metrics.js';
import { type Telemetry, createTelemetry } from './create-telemetry.js';
import { WATCHER_RULES } from './watcher-rules.js';

function start(
  level: 'error' | 'warn' | 'info' | 'debug' = 'info',
  format: 'json' | 'text' = 'json',
): { telemetry: Telemetry; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string): void => void lines.push(line) };
  return {
    lines,
    telemetry: createTelemetry({
      service: 'test',
      log: { level, format },
      rules: WATCHER_RULES,
      destination,
      defaults: false,
    }),
  };
}

const event = (
  fields: ObservedEvent['fields'],
  name = 'frame-signed',
  level: ObservedEvent['level'] = 'info',
): ObservedEvent => ({
  name,
  level,
  fields,
});

describe('createTelemetry', () => {
  it('does not let a text break the line or pretend to be another line', () => {
    const { telemetry, lines } = start();
    telemetry.observer.observe(event({ detail: 'a\n{"level":"error","msg":"forged"}\r\u001b[2J' }));
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).toMatch(/^[ -~]*$/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'frame-signed', service: 'test' });
  });

  it('does not let a field stand in for the level or the message', () => {
    const { telemetry, lines } = start();
    telemetry.observer.observe(event({ level: 'error', msg: 'forged' }));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      msg: 'frame-signed',
      event_level: 'error',
      event_msg: 'forged',
    });
  });

  it('writes nothing below its level, and still counts it', async () => {
    const { telemetry, lines } = start('warn');
    telemetry.observer.observe(event({}, 'quiet', 'debug'));
    expect(lines).toEqual([]);
    expect(await telemetry.registry.metrics()).toContain('surety_events_total{event="quiet",level="debug"} 1');
  });

  it('announces the bound URL at every level', () => {
    const { telemetry, lines } = start('error');
    telemetry.announce('http://127.0.0.1:1');
    const { time, ...line } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(line).toEqual({ level: 'info', msg: 'listening', service: 'test', url: 'http://127.0.0.1:1' });
    expect(time).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('writes text for people, one line an event, from which each field can be told', () => {
    const { telemetry, lines } = start('info', 'text');
    telemetry.observer.observe(
      event({ chain_id: 901, count: 7n, why: 'lost', detail: 'a=1 "b"\n', code: '\u001b[2J' }, 'frame-signed', 'warn'),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]?.replace(/^\S+ /, '')).toBe(
      'WARN  test frame-signed chain_id=901 count=7 why=lost detail="a=1 \\"b\\"\\n" code="\\u001b[2J"\n',
    );
  });

  it('turns a signed frame into gauges and a counter', async () => {
    const { telemetry } = start();
    const edge = `0x${'ab'.repeat(32)}`;
    telemetry.observer.observe(
      event({ chain_id: 1, edge, height: 16n, count: 130n, statements: 3, as_of: 1_700_000_000n }),
    );
    const text = await telemetry.registry.metrics();
    expect(text).toContain(`surety_verified_height_blocks{chain_id="1",edge="${edge}"} 16`);
    expect(text).toContain(`surety_verified_count_entries{chain_id="1",edge="${edge}"} 130`);
    expect(text).toContain(`surety_statements_signed_total{chain_id="1",edge="${edge}"} 3`);
  });

  it('keeps the number of label values and event names bounded', async () => {
    const { telemetry } = start('error');
    for (let at = 0; at < 2_000; at++) {
      telemetry.observer.observe(event({ provider: `p${at}`, code: `C${at}`, chain_id: at }, `name-${at}`, 'debug'));
    }
    const values = new Set(
      [...(await telemetry.registry.metrics()).matchAll(/provider="([^"]*)"/g)].map((match) => match[1]),
    );
    expect(values.size).toBe(LABEL_VALUES_MAX + 1);
    expect(values).toContain('other');
  });

  it('takes no label from a text that is not shaped like one', async () => {
    const { telemetry } = start('error');
    telemetry.observer.observe(event({ provider: 'x"}\nforged 1', chain_id: 'ten' }, 'odd', 'warn'));
    const text = await telemetry.registry.metrics();
    expect(text).toContain('surety_provider_events_total{event="odd",chain_id="other",provider="other"} 1');
    expect(text).not.toContain('forged');
  });
});
