import { describe, expect, it } from 'vitest';
import { openEnvironmentSigner } from './open-environment-signer.js';

/** A well-known test key of local nodes. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

describe('openEnvironmentSigner', () => {
  it('refuses a key in the environment in the production profile', () => {
    expect(() => openEnvironmentSigner({ key: KEY, profile: 'production' })).toThrowError(
      expect.objectContaining({ code: 'SIGNER_KEY_NOT_ALLOWED' }),
    );
  });

  it('refuses a malformed key without repeating it', () => {
    const open = (): unknown => openEnvironmentSigner({ key: '0xcanary', profile: 'development' });
    expect(open).toThrowError(expect.objectContaining({ code: 'SIGNER_KEY_INVALID' }));
    expect(open).not.toThrowError(/canary/);
  });

  it('opens it in the development profile', () => {
    expect(openEnvironmentSigner({ key: KEY, profile: 'development' }).address).toBe(
      '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
    );
  });
});
