import type { Page } from '@playwright/test';
import { expect, test as base } from '../../fixtures/single-sign-on';
import { ApiClient } from '../../support/api';
import { IdentityProvider } from '../../support/identity-provider';
import { expectHeading } from '../../support/sign-in';
import { watch } from '../../support/watch';

const test = base.extend<{ plain: Page }>({
  /** A page without script that may go to the provider, once it is connected. */
  plain: async ({ browser, server, provider, floor }, use) => {
    const api = await ApiClient.open(server.origin);
    await api.signIn(floor.osric);
    await api.post('/api/second-step/authenticator-app', { code: await floor.osric.app.code() });
    const { clientId, clientSecret } = IdentityProvider;
    await api.post('/api/organisation/single-sign-on', { issuer: provider.issuer, client_id: clientId, client_secret: clientSecret, changes: '0' });
    await api.close();
    const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.origin });
    const seen = watch(context, server.origin, undefined, [provider.issuer]);
    await use(await context.newPage());
    await context.close();
    expect(seen).toEqual([]);
  },
});

test('single sign-on works there and back', async ({ plain: page, server, provider, floor }) => {
  await server.command(['domain', 'add', 'example.com']);
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Continue with single sign-on' }).click();
  await provider.signIn(page, 'wren');
  await expectHeading(page, 'Enter the code from your app');
  await page.getByLabel('6-digit code').fill(await floor.wren.app.code());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expectHeading(page, 'Security');
});

test('an account holder proves a domain, makes it the only way in, and disconnects it', async ({ plain: page, browser, server, provider, dns, floor }) => {
  await page.goto('/sign-in?next=%2Forg%2Fsingle-sign-on');
  await page.getByLabel('Email').fill(floor.osric.email);
  await page.getByLabel('Password', { exact: true }).fill(floor.osric.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('6-digit code').fill(await floor.osric.app.code());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expectHeading(page, 'Single sign-on');

  await page.getByRole('textbox', { name: 'Domain' }).fill('example.com');
  await page.getByRole('button', { name: 'Add domain' }).click();
  await expect(page.getByText('Added. Put its record into the DNS, then check it here.')).toBeVisible();
  await page.getByRole('button', { name: 'Check example.com now' }).click();
  await expect(page.getByText('example.com: That record isn’t in the DNS yet.')).toBeVisible();
  const [name, value] = await page.getByRole('region', { name: 'Your domains' }).locator('code').allTextContents();
  dns.say(name ?? '', value ?? '');
  await page.getByRole('button', { name: 'Check example.com now' }).click();
  await expect(page.getByText('The domain is your organisation’s.')).toBeVisible();

  // Somebody has to have come by it before it can be the only way in.
  const desk = await browser.newContext({ javaScriptEnabled: false, baseURL: server.origin });
  const wren = await desk.newPage();
  await wren.goto('/sign-in');
  await wren.getByRole('button', { name: 'Continue with single sign-on' }).click();
  await provider.signIn(wren, 'wren');
  await expectHeading(wren, 'Enter the code from your app');
  await desk.close();

  const only = 'Off: single sign-on only';
  const api = await ApiClient.open(new URL(page.url()).origin);
  await api.signIn(floor.pascal);
  await page.getByLabel('Passwords and passkeys').selectOption({ label: only });
  await page.getByRole('button', { name: 'Check and save' }).click();
  await expect(page.getByText('will be signed out straight away')).toBeVisible();
  await page.getByRole('button', { name: /^Save and sign out \d+ (person|people)$/ }).click();
  await expect(page.getByText('Saved. The provider’s address is right.')).toBeVisible();
  await expect(page.getByLabel('Passwords and passkeys')).toHaveValue('yes');
  await api.close();

  await page.getByRole('link', { name: 'Disconnect single sign-on' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect', exact: true }).click();
  await expect(page.getByText('Disconnected. Nobody can sign in with it any more.')).toBeVisible();
});
