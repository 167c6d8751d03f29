/**
 * Writes a log line of JSON as text: time, level, service, message, then each other member as `name=value`. A text with a
 * space, an equals sign or anything that JSON escapes stays JSON: each field can be told from the next one.
 */
export function formatLogLine(line: string): string {
  const { time, level, service, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${plain(value)}`);
  return `${[time, String(level).toUpperCase().padEnd(5), service, plain(msg), ...rest].join(' ')}\n`;
}

function plain(value: unknown): string {
  const json = JSON.stringify(value);
  return typeof value === 'string' && json === `"${value}"` && /^[^\s=]+$/.test(value) ? value : json;
}
