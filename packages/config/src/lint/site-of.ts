/**
 * Returns the registered part of a host name (`eu.nodes.example.com` → `example.com`, `nodes.example.co.uk` →
 * `example.co.uk`), or the whole host if it is an IP address or a single word.
 */
export function siteOf(host: string): string {
  if (/^[0-9.]+$/.test(host) || host.startsWith('[')) return host;
  const labels = host.toLowerCase().split('.');
  const [second = '', top = ''] = labels.slice(-2);
  const registry = top.length === 2 && second.length <= 3 && labels.length > 2;
  return labels.slice(registry ? -3 : -2).join('.');
}
