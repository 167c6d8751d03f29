/** Writes token units as a whole number with at most `digits` decimals, cut and never rounded up. */
export function formatAmount(units: bigint, decimals: number, digits = 2): string {
  const text = units.toString().padStart(decimals + 1, '0');
  const whole = text.slice(0, text.length - decimals).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  const fraction = text
    .slice(text.length - decimals, text.length - decimals + digits)
    .padEnd(Math.min(digits, decimals), '0');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** Writes parts per million as a factor with two decimals. */
export function formatFactor(ppm: number): string {
  return (ppm * 0.000001).toFixed(2);
}
