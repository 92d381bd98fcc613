import { type CDPSession, expect, type Page } from '@playwright/test';

/** The authenticators that Chromium can play (CDP, `WebAuthn.addVirtualAuthenticator`). */
const kinds = {
  /** A FIDO2 key with a PIN, in a USB socket. */
  fido2: { protocol: 'ctap2', transport: 'usb', hasResidentKey: false, hasUserVerification: true, isUserVerified: true },
  /** A plain U2F key, in a USB socket. */
  u2f: { protocol: 'u2f', transport: 'usb', hasResidentKey: false, hasUserVerification: false, isUserVerified: false },
  /** The computer itself, behind a fingerprint. */
  internal: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
} as const;

/** From now on a challenge for `path` lasts a second: as if somebody had cancelled the prompt, or waited too long. */
export async function giveUpSoon(page: Page, path: string): Promise<void> {
  await page.route(`**${path}`, async (route) => {
    const response = await route.fetch();
    const challenge = await response.json();
    challenge.public_key.timeout = 1000;
    await route.fulfill({ response, json: challenge });
  });
}

/** From now on the browser offers no passkeys in fields: a virtual one would be picked at once. */
export async function withoutAutofill(page: Page): Promise<void> {
  await page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);
  });
}

/** A security key, or what keeps passkeys, in this page's browser. */
export class VirtualKey {
  private constructor(
    private readonly client: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  /** Plugs one in. It is touched by itself, unless `touched` is false. */
  static async plugIn(page: Page, kind: keyof typeof kinds, touched = true): Promise<VirtualKey> {
    const client = await page.context().newCDPSession(page);
    await client.send('WebAuthn.enable', { enableUI: false });
    const { authenticatorId } = await client.send('WebAuthn.addVirtualAuthenticator', {
      options: { ...kinds[kind], automaticPresenceSimulation: touched },
    });
    return new VirtualKey(client, authenticatorId);
  }

  /** From now on it is touched at once, or not at all. */
  async touch(enabled: boolean): Promise<void> {
    const { authenticatorId } = this;
    await this.client.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
  }

  /** From now on its PIN or finger is right, or wrong: the browser gives up at a wrong one. */
  async verify(isUserVerified: boolean): Promise<void> {
    const { authenticatorId } = this;
    await this.client.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  }

  /** Pulls it out; what it holds is lost with it. */
  async pullOut(): Promise<void> {
    await this.client.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.authenticatorId });
  }

  /** How often it has signed, by its own counter; what it holds. */
  async credentials(): Promise<{ signCount: number; isResidentCredential: boolean }[]> {
    const { credentials } = await this.client.send('WebAuthn.getCredentials', { authenticatorId: this.authenticatorId });
    return credentials;
  }

  /** Makes its counters say less than they did: what a copy would say. */
  async turnBack(): Promise<void> {
    const { authenticatorId } = this;
    const { credentials } = await this.client.send('WebAuthn.getCredentials', { authenticatorId });
    await this.client.send('WebAuthn.clearCredentials', { authenticatorId });
    for (const credential of credentials) {
      await this.client.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount: 0 } });
    }
    expect(credentials.length).toBeGreaterThan(0);
  }
}
