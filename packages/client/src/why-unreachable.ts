/**
 * Says why a fetch failed and what to look at; Node tells in the cause of its error, a browser never does. `name` is the variable
 * that holds the address.
 */
export function whyUnreachable(failed: unknown, name: string): { readonly said: string; readonly advice: string } {
  const cause = failed instanceof Error ? failed.cause : undefined;
  const said = cause instanceof Error ? cause.message.slice(0, 200) : '';
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  if (typeof code !== 'string' || !/CERT|ERR_TLS|ISSUER|SIGNATURE/.test(code))
    return { said, advice: `check that it runs and ${name}` };
  return {
    said: `its certificate is not trusted: ${said}`,
    advice: 'check it, and name the authority’s file in NODE_EXTRA_CA_CERTS if it is your own',
  };
}
