import { describe, expect, it } from 'vitest';
import { loadPostingSettings, loadReportSettings } from './load-report-settings.js';

const PROTOCOL = `0x${'Bb'.repeat(20)}`;

/** Loads settings from an environment and returns them with their problems. */
function read<Settings>(
  load: (reader: Parameters<typeof loadReportSettings>[0]) => Settings,
  environment: Record<string, string>,
) {
  const issues: string[] = [];
  const settings = load({
    text: (name, fallback) => environment[name] ?? fallback,
    issue: (path, seen, expected) => void issues.push(`${path}: seen ${seen}; expected ${expected}`),
  });
  return { settings, issues };
}

describe('settings of margin reports', () => {
  it('are off unless protocols are named', () => {
    expect(read(loadReportSettings, {})).toEqual({ settings: undefined, issues: [] });
    expect(read(loadPostingSettings, {})).toEqual({ settings: undefined, issues: [] });
  });

  it('accept each protocol once, in any case, with reasonable defaults', () => {
    const named = { SURETY_REPORT_PROTOCOLS: `${PROTOCOL}, ${PROTOCOL.toLowerCase()}` };
    const protocols = [PROTOCOL.toLowerCase()];
    expect(read(loadReportSettings, { ...named, SURETY_REPORT_MARKETS_FILE: 'm.json' }).settings).toEqual({
      protocols,
      marketsFile: 'm.json',
      intervalS: 300,
    });
    expect(read(loadPostingSettings, { ...named, SURETY_WATCHER_URLS: 'http://x' }).settings).toEqual({
      protocols,
      refreshAfterS: 300,
    });
  });

  it.each<[load: typeof loadReportSettings | typeof loadPostingSettings, name: string, text: string, expected: RegExp]>(
    [
      [loadReportSettings, 'SURETY_REPORT_PROTOCOLS', '0x12', /SURETY_REPORT_PROTOCOLS: seen 0x12; expected addresses/],
      [
        loadReportSettings,
        'SURETY_REPORT_MARKETS_FILE',
        '',
        /SURETY_REPORT_MARKETS_FILE: seen nothing; expected a file/,
      ],
      [loadReportSettings, 'SURETY_REPORT_INTERVAL_S', '0', /seen 0; expected whole seconds from 1 to 3600/],
      [loadReportSettings, 'SURETY_REPORT_INTERVAL_S', 'often', /seen often; expected whole seconds/],
      [loadPostingSettings, 'SURETY_WATCHER_URLS', '', /SURETY_WATCHER_URLS: seen nothing; expected the watchers/],
      [loadPostingSettings, 'SURETY_REPORT_REFRESH_S', '901', /seen 901; expected whole seconds from 0 to 900/],
    ],
  )('are refused: %s %s', (load, name, text, expected) => {
    const whole = {
      SURETY_REPORT_PROTOCOLS: PROTOCOL,
      SURETY_REPORT_MARKETS_FILE: 'm.json',
      SURETY_WATCHER_URLS: 'http://x',
    };
    expect(read(load as typeof loadReportSettings, { ...whole, [name]: text }).issues).toEqual([
      expect.stringMatching(expected),
    ]);
  });
});
