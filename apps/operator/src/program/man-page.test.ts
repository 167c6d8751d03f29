import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { manPage } from './man-page.js';
import { runSurety } from '../testing/run-surety.js';

describe('the manual page', () => {
  it('has every command with its arguments and options, in plain roff', async () => {
    const { code, output } = await runSurety(['man']);
    expect(code).toBe(0);
    const lines = output.split('\n');
    expect(lines[0]).toBe('.TH SURETY 1 "" "surety 0.1.0" "User commands"');
    expect(lines).toContain(String.raw`.SS surety config env <role>`);
    expect(lines.filter((line) => line.startsWith('.SS ')).length).toBeGreaterThan(60);
    const lock = lines.slice(lines.indexOf('.SS surety lock'));
    expect(lock).toContain(String.raw`.B \-\-amount <decimal>`);
    const unknown = lines.filter((line) => /^[.']/.test(line) && !/^\.(?:TH|SH|SS|TP|B|I) ?/.test(line));
    expect(unknown).toEqual([]);
    expect(/[^\x20-\x7e\n]/.exec(output)).toBeNull();
  });

  it('lets no text be read as a request or an escape', () => {
    const program = new Command('surety').description('x');
    program.command('odd').description(String.raw`.so /etc/passwd and C:\n “quoted”`);
    expect(manPage(program).split('\n')).toContain(String.raw`\&.so /etc/passwd and C:\en \[u201C]quoted\[u201D].`);
  });
});
