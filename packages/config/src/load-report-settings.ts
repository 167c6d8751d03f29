import { type Address, address } from '@surety/domain';

/** Reads settings and collects problems. */
interface SettingReader {
  text(name: string, fallback: string): string;
  issue(path: string, seen: string, expected: string): void;
}

/** Settings of the margin reports that a watcher makes. */
export interface ReportSettings {
  readonly protocols: readonly Address[];
  /**
   * File of figures that are on no chain: volumes, volatilities, forwards, rates, confidences. Read again for each
   * report.
   */
  readonly marketsFile: string;
  /** Seconds between two reported blocks, rounded up to whole frames; must be equal at all watchers. */
  readonly intervalS: number;
}

/** Settings of the margin reports that a relayer posts. */
export interface PostingSettings {
  readonly protocols: readonly Address[];
  /** Seconds by which a report must be newer than the stored one, unless that has expired or the position changed. */
  readonly refreshAfterS: number;
}

const HOUR_S = 3_600;
/** A stored report expires after at most 15 minutes. */
const LIFETIME_S = 900;

/** Loads a watcher's report settings; undefined unless protocols are named. */
export function loadReportSettings(reader: SettingReader): ReportSettings | undefined {
  const marketsFile = reader.text('SURETY_REPORT_MARKETS_FILE', '');
  const protocols = loadProtocols(reader);
  const intervalS = loadSeconds(reader, 'SURETY_REPORT_INTERVAL_S', { fallback: 300, min: 1, max: HOUR_S });
  if (protocols === undefined) return undefined;
  if (marketsFile === '')
    reader.issue('SURETY_REPORT_MARKETS_FILE', 'nothing', 'a file of your own markets: nothing is signed without one');
  return { protocols, marketsFile, intervalS };
}

/** Loads a relayer's report settings; undefined unless protocols are named. */
export function loadPostingSettings(reader: SettingReader): PostingSettings | undefined {
  const protocols = loadProtocols(reader);
  const refreshAfterS = loadSeconds(reader, 'SURETY_REPORT_REFRESH_S', { fallback: 300, min: 0, max: LIFETIME_S });
  if (protocols === undefined) return undefined;
  if (reader.text('SURETY_WATCHER_URLS', '') === '')
    reader.issue('SURETY_WATCHER_URLS', 'nothing', 'the watchers whose reports are posted');
  return { protocols, refreshAfterS };
}

function loadProtocols(reader: SettingReader): readonly Address[] | undefined {
  const name = 'SURETY_REPORT_PROTOCOLS';
  const texts = reader
    .text(name, '')
    .split(',')
    .map((text) => text.trim().toLowerCase())
    .filter((text) => text !== '');
  if (texts.length === 0) return undefined;
  const wrong = texts.filter((text) => !/^0x[0-9a-f]{40}$/.test(text));
  for (const text of wrong) reader.issue(name, text, 'addresses of protocols, 20 bytes as hex, comma separated');
  return wrong.length > 0 ? [] : [...new Set(texts)].map(address);
}

function loadSeconds(
  reader: SettingReader,
  name: string,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): number {
  const text = reader.text(name, String(fallback));
  const seconds = /^(0|[1-9][0-9]{0,4})$/.test(text) ? Number(text) : -1;
  if (seconds < min || seconds > max) reader.issue(name, text, `whole seconds from ${min} to ${max}`);
  return seconds;
}
