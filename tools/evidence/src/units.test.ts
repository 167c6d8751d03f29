import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { at } from './steps.js';

const UNITS = readdirSync(at('deploy/systemd')).toSorted();
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
/** The exposure that the page promises, of 10. */
const PROMISED = /rates them at (\d\.\d) of 10/u.exec(readFileSync(at('docs/OPERATIONS.md'), 'utf8'))?.[1];

/** Writes a unit as it would stand on a machine where this clone is /opt/surety, and asks systemd about it. */
function analyse(unit: string, ...args: string[]): { readonly status: number | null; readonly told: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'surety-units-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, unit);
  const text = readFileSync(at(`deploy/systemd/${unit}`), 'utf8');
  // The user of a unit is made by whoever installs it.
  const here = text
    .replaceAll('/opt/surety', at('.'))
    .replace('/usr/bin/node', process.execPath)
    .replace(/^(User|Group)=.*$/gmu, '');
  writeFileSync(file, here);
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' });
  return { status, told: `${stdout}${stderr}` };
}

test('every program that runs by itself has a unit of its own user, which a wrong configuration does not restart', () => {
  expect(UNITS).toEqual(['aggregator', 'keeper', 'relayer', 'watcher'].map((name) => `surety-${name}.service`));
  for (const unit of UNITS) {
    const text = readFileSync(at(`deploy/systemd/${unit}`), 'utf8');
    const name = unit.replace('.service', '');
    for (const line of [`User=${name}`, `StateDirectory=${name}`, 'RestartPreventExitStatus=2', 'NoNewPrivileges=yes'])
      expect(text.split('\n')).toContain(line);
    expect(text).toContain(`/opt/surety/apps/${name.replace('surety-', '')}/dist/program.mjs`);
  }
});

test('every unit starts again for as long as what it needs is away', () => {
  for (const unit of UNITS) {
    const lines = readFileSync(at(`deploy/systemd/${unit}`), 'utf8').split('\n');
    for (const line of ['StartLimitIntervalSec=0', 'Restart=always', 'RestartSec=10']) expect(lines).toContain(line);
    expect(lines.filter((line) => line.startsWith('StartLimitBurst'))).toEqual([]);
  }
});

describe.skipIf(!hasSystemd)('systemd-analyze, skipped where it is not installed,', () => {
  test.each(UNITS)('takes %s as it is', (unit) => {
    expect(analyse(unit, 'verify')).toEqual({ status: 0, told: '' });
  });

  test.each(UNITS)('rates the exposure of %s as low as the page says', (unit) => {
    const { told } = analyse(unit, 'security', '--offline=true', '--no-pager');
    const rated = /Overall exposure level for \S+: (\S+)/u.exec(told)?.[1];
    expect(Number(rated)).toBeLessThanOrEqual(Number(PROMISED));
  });
});
