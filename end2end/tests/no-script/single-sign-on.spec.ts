import { expect, test as base } from '../../fixtures';
import { ApiClient } from '../../support/api';
import { IdentityProvider } from '../../support/identity-provider';
import { expectHeading } from '../../support/sign-in';
import { watch } from '../../support/watch';

const test = base.extend<{ provider: IdentityProvider }>({
  provider: async ({ server, floor }, use) => {
    const provider = await IdentityProvider.start(server.origin, { wren: { email: floor.wren.email, name: floor.wren.name } });
    const api = await ApiClient.open(server.origin);
    await api.signIn(floor.osric);
    await api.post('/api/second-step/authenticator-app', { code: await floor.osric.app.code() });
    const { clientId, clientSecret } = IdentityProvider;
    await api.post('/api/organisation/single-sign-on', { issuer: provider.issuer, client_id: clientId, client_secret: clientSecret, changes: '0' });
    await api.close();
    await server.command(['domain', 'add', 'example.com']);
    await use(provider);
    await provider.stop();
  },
});

test('single sign-on works there and back', async ({ browser, server, provider, floor }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const seen = watch(context, server.origin, undefined, [provider.issuer]);
  const page = await context.newPage();
  await page.goto(`${server.origin}/sign-in`);
  await page.getByRole('button', { name: 'Continue with single sign-on' }).click();
  await provider.signIn(page, 'wren');
  await expectHeading(page, 'Enter the code from your app');
  await page.getByLabel('6-digit code').fill(await floor.wren.app.code());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expectHeading(page, 'Security');
  await context.close();
  expect(seen).toEqual([]);
});
