/** Writes values for people and records: `name: value`, bigints as decimals. */
export function formatArgs(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatArgs).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, inner]) => `${name}: ${formatArgs(inner)}`)
      .join(', ')}}`;
  }
  return String(value);
}
