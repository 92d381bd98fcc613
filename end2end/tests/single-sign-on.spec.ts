import type { BrowserContext, Page } from '@playwright/test';
import { expect, test as base } from '../fixtures';
import { expectAccessible } from '../support/axe';
import { openConsole } from '../support/console';
import type { Floor } from '../support/floor';
import { IdentityProvider } from '../support/identity-provider';
import { expectHeading, signIn, signOut } from '../support/sign-in';
import { watch } from '../support/watch';

interface Fixtures {
  provider: IdentityProvider;
  /** A browser of its own that may go to the provider as well. */
  desk: Page;
}

const test = base.extend<Fixtures>({
  provider: async ({ server, floor }, use) => {
    const provider = await IdentityProvider.start(server.origin, {
      wren: { email: floor.wren.email, name: floor.wren.name },
      pascal: { email: floor.pascal.email, name: floor.pascal.name, isVerified: false },
      nia: { email: 'nia.newcomer@example.com', name: 'Nia Newcomer' },
    });
    await use(provider);
    await provider.stop();
  },

  desk: async ({ browser, server, provider }, use) => {
    const context: BrowserContext = await browser.newContext();
    const seen = watch(context, server.origin, undefined, [provider.issuer]);
    await use(await context.newPage());
    await context.close();
    expect(seen).toEqual([]);
  },
});

/** Connects the provider, as an account holder on the page for it. */
async function connect(page: Page, provider: IdentityProvider, floor: Floor): Promise<void> {
  await signIn(page, floor.osric);
  await openConsole(page, 'Single sign-on');
  await page.getByRole('textbox', { name: 'Issuer' }).fill(provider.issuer);
  await page.getByRole('textbox', { name: 'Client ID' }).fill(IdentityProvider.clientId);
  await page.getByLabel('Client secret').fill(IdentityProvider.clientSecret);
  await page.getByRole('button', { name: 'Check and save' }).click();
  await expect(page.getByText('Saved. The provider’s address is right.')).toBeVisible();
  await expect(page.getByLabel('Client secret')).toHaveValue('');
}

async function startSignOn(page: Page): Promise<void> {
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Continue with single sign-on' }).click();
}

test('an account holder connects the provider, and people get in by it, with their second step after it', async ({ page, desk, server, provider, floor }) => {
  await desk.goto(`${server.origin}/sign-in`);
  await expect(desk.getByRole('button', { name: 'Continue with single sign-on' })).toHaveCount(0);
  await connect(page, provider, floor);
  await server.command(['domain', 'add', 'example.com']);

  await startSignOn(desk);
  await provider.signIn(desk, 'wren');
  await expectHeading(desk, 'Enter the code from your app');
  // A page from the server: the code sends itself once the script is there.
  await desk.waitForLoadState('networkidle');
  await desk.getByLabel('6-digit code').fill(await floor.wren.app.code());
  await expectHeading(desk, 'Security');
  const row = desk.getByRole('region', { name: 'Single sign-on' });
  await expect(row.getByText('Connected today')).toBeVisible();
  await expect(desk.getByText('Connected single sign-on').first()).toBeVisible();

  await openConsole(page, 'Audit log');
  await expect(page.getByText('Connected single sign-on to their account').first()).toBeVisible();
});

test('who isn’t known is told what to do, and connects it from within', async ({ page, desk, provider, floor }) => {
  await connect(page, provider, floor);
  await startSignOn(desk);
  await provider.signIn(desk, 'pascal');
  await expectHeading(desk, 'We don’t know you by single sign-on yet');
  await expectAccessible(desk, 'refused by single sign-on');
  await desk.getByRole('link', { name: 'Go to sign-in' }).click();
  await signIn(desk, floor.pascal);
  await desk.getByRole('region', { name: 'Single sign-on' }).getByRole('button', { name: 'Connect single sign-on' }).click();
  // The provider still knows them.
  await expect(desk.getByRole('region', { name: 'Single sign-on' }).getByText('Connected today')).toBeVisible();
  await signOut(desk);
  await startSignOn(desk);
  await expectHeading(desk, 'Security');
  await desk.getByRole('region', { name: 'Single sign-on' }).getByRole('button', { name: 'Disconnect single sign-on' }).click();
  await expect(desk.getByText('Disconnected. Single sign-on doesn’t sign you in any more.')).toBeVisible();
});

test('people become members where that is wanted', async ({ page, desk, server, provider, floor }) => {
  await connect(page, provider, floor);
  await server.command(['domain', 'add', 'example.com']);
  await page.getByLabel('People who aren’t members yet').selectOption('Become members when they first sign in');
  await page.getByLabel('Their team').selectOption('Billing');
  await page.getByRole('button', { name: 'Check and save' }).click();
  await expect(page.getByLabel('People who aren’t members yet')).toHaveValue('yes');
  await startSignOn(desk);
  await provider.signIn(desk, 'nia');
  await expectHeading(desk, 'Security');
  await openConsole(page, 'Members');
  await expect(page.getByRole('row', { name: /Nia Newcomer/ })).toContainText('Billing');
});

test('what is wrong with a provider is said beside its issuer, and nothing is lost', async ({ page, provider, floor }) => {
  await signIn(page, floor.osric);
  await openConsole(page, 'Single sign-on');
  await page.getByRole('textbox', { name: 'Issuer' }).fill(`${provider.issuer}/`);
  await page.getByRole('textbox', { name: 'Client ID' }).fill(IdentityProvider.clientId);
  await page.getByLabel('Client secret').fill('anything');
  await page.getByRole('button', { name: 'Check and save' }).click();
  await expect(page.getByText('The provider calls itself something else.')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Issuer' })).toHaveValue(`${provider.issuer}/`);
  await expect(page.getByRole('textbox', { name: 'Client ID' })).toHaveValue(IdentityProvider.clientId);
  await expect(page.getByLabel('Client secret')).toHaveValue('anything');
  await expectAccessible(page, 'a provider that isn’t as it should be');
});

test('a no at the provider leads back with words', async ({ page, desk, provider, floor }) => {
  await connect(page, provider, floor);
  await startSignOn(desk);
  await provider.cancel(desk);
  await expectHeading(desk, 'Your organisation’s sign-in said no');
  // Once more, and this time it asks anew who it is.
  await desk.getByRole('button', { name: 'Try again' }).click();
  await provider.signIn(desk, 'pascal');
  await expectHeading(desk, 'We don’t know you by single sign-on yet');
});
