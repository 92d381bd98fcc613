import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, type Page } from '@playwright/test';
import Provider from 'oidc-provider';
import { freePort } from './process';

/** Somebody whom the provider knows. */
export interface Known {
  email: string;
  name: string;
  /** It has made sure that the address is theirs. */
  isVerified?: boolean;
}

const html = (body: string) => `<!doctype html><html lang="en"><title>Login</title><link rel="icon" href="data:,"><h1>Login of Plover</h1>${body}</html>`;

/** npm's `oidc-provider` on loopback. Whoever types a name that it knows is them: passwords are of no use here. */
export class IdentityProvider {
  static readonly clientId = 'countersign';
  static readonly clientSecret = 'a-secret-between-the-two';

  private constructor(
    readonly issuer: string,
    private readonly server: HttpServer,
  ) {}

  /** Starts one that knows these people by the name they type, and sends browsers back to `origin`. */
  static async start(origin: string, people: Record<string, Known>): Promise<IdentityProvider> {
    const port = await freePort();
    const issuer = `http://localhost:${port}`;
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: IdentityProvider.clientId,
          client_secret: IdentityProvider.clientSecret,
          redirect_uris: [`${origin}/auth/single-sign-on`],
          // It is http on loopback.
          application_type: 'native',
        },
      ],
      jwks: { keys: [{ ...key, kid: 'first', use: 'sig', alg: 'RS256' }] },
      pkce: { required: () => true },
      // As the standard has it: address and name are told to whoever asks, and not in the ID token.
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      cookies: { keys: ['of no use beyond this test'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
      findAccount: (_, id) => {
        const known = people[id];
        return known && { accountId: id, claims: () => ({ sub: id, email: known.email, email_verified: known.isVerified ?? true, name: known.name }) };
      },
    });
    const answer = provider.callback();
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/interaction/')) {
        interact(provider, request, response).catch((error) => response.writeHead(500).end(String(error)));
      } else {
        answer(request, response);
      }
    });
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    return new IdentityProvider(issuer, server);
  }

  /** Signs in on the provider's own page. */
  async signIn(page: Page, name: string): Promise<void> {
    await expect(page.getByRole('heading', { name: 'Login of Plover' })).toBeVisible();
    await page.getByLabel('Name').fill(name);
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  /** Turns back there. */
  async cancel(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Cancel' }).click();
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((done) => {
      this.server.close(() => done());
    });
  }
}

/** The provider's own pages: a name, and no question about what Countersign may know. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'consent') {
    const grant = new provider.Grant({ accountId: session?.accountId, clientId: String(params.client_id) });
    grant.addOIDCScope(String(params.scope));
    await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
  } else if (request.method === 'POST') {
    const form = new URLSearchParams(await text(request));
    const result = form.has('cancel') ? { error: 'access_denied' } : { login: { accountId: form.get('name') ?? '' } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  } else {
    const form = '<form method="post"><label>Name <input name="name"></label> <button>Log in</button> <button name="cancel">Cancel</button></form>';
    response.writeHead(200, { 'content-type': 'text/html' }).end(html(form));
  }
}
