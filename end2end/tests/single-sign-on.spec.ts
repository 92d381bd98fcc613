import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/single-sign-on';
import { expectAccessible } from '../support/axe';
import { dialogOf, openConsole } from '../support/console';
import type { Floor } from '../support/floor';
import { IdentityProvider } from '../support/identity-provider';
import { invite, receiveInvitation } from '../support/invite';
import { expectHeading, signIn, signOut } from '../support/sign-in';

test.use({ allowedErrors: /4(01|09|22)/ });

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
  // The provider still knows them, and asks all the same: it may be somebody else who sits there now.
  await provider.signIn(desk, 'pascal');
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
  await page.getByLabel('People who aren’t members yet').selectOption('Become members at first sign-in');
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

test('an account holder proves a domain by its DNS, and its people get in', async ({ page, desk, provider, floor, dns }) => {
  await connect(page, provider, floor);
  const domains = page.getByRole('region', { name: 'Your domains' });
  await domains.getByRole('textbox', { name: 'Domain' }).fill('nodomain');
  await domains.getByRole('button', { name: 'Add domain' }).click();
  await expect(domains.getByRole('textbox', { name: 'Domain' })).toHaveAttribute('aria-invalid', 'true');
  // What was chosen above and isn't saved yet is kept meanwhile.
  await page.getByLabel('People who aren’t members yet').selectOption('Become members at first sign-in');
  await page.getByRole('textbox', { name: 'Client ID' }).fill('another');
  await domains.getByRole('textbox', { name: 'Domain' }).fill('@Example.com');
  await domains.getByRole('button', { name: 'Add domain' }).click();
  await expect(page.getByText('Added. Put its record into the DNS, then check it here.')).toBeVisible();
  await expect(domains.getByText('Not proven yet')).toBeVisible();
  await expect(page.getByLabel('People who aren’t members yet')).toHaveValue('yes');
  await expect(page.getByRole('textbox', { name: 'Client ID' })).toHaveValue('another');
  await expect(domains.getByRole('textbox', { name: 'Domain' })).toHaveValue('');
  await domains.getByRole('button', { name: 'Check example.com now' }).click();
  await expect(domains.getByText('example.com: That record isn’t in the DNS yet.')).toBeVisible();
  await expectAccessible(page, 'a domain that isn’t proven');

  const [name, value] = await domains.locator('code').allTextContents();
  expect(name).toBe('_countersign-challenge.example.com');
  dns.say(name ?? '', value ?? '');
  await domains.getByRole('button', { name: 'Check example.com now' }).click();
  await expect(page.getByText('The domain is your organisation’s.')).toBeVisible();
  await expect(domains.getByText('Yours', { exact: true })).toBeVisible();
  await startSignOn(desk);
  await provider.signIn(desk, 'wren');
  await expectHeading(desk, 'Enter the code from your app');
  await domains.getByRole('button', { name: 'Remove example.com' }).click();
  await expect(page.getByText('Removed. Your provider can’t vouch for its addresses any more')).toBeVisible();
});

test('where single sign-on is the only way in, others are signed out, and people join by it', async ({ page, elsewhere, desk, server, provider, floor }) => {
  await connect(page, provider, floor);
  await invite(page, 'mika.thornfield@example.com,Mika Thornfield,agent,Billing');
  const link = await receiveInvitation(server.mailFolder, 'mika.thornfield@example.com');
  await signIn(elsewhere, floor.pascal);
  await openConsole(page, 'Single sign-on');
  await expect(page.getByText('Nobody has signed in with it since it was saved.')).toBeVisible();
  await page.getByLabel('Passwords and passkeys').selectOption({ label: 'Off: single sign-on only' });
  await page.getByRole('button', { name: 'Check and save' }).click();
  await expect(page.getByText('Nobody has signed in with it as it is now.')).toBeVisible();
  await server.command(['domain', 'add', 'example.com']);
  await startSignOn(desk);
  await provider.signIn(desk, 'wren');
  await expectHeading(desk, 'Enter the code from your app');
  await page.getByRole('button', { name: 'Check and save' }).click();
  await expect(page.getByText('1 person who signed in otherwise will be signed out straight away.')).toBeVisible();
  await expectAccessible(page, 'whom single sign-on only signs out');
  await page.getByRole('button', { name: 'Save and sign out 1 person' }).click();
  await expect(page.getByText('Saved. The provider’s address is right. 1 person was signed out.')).toBeVisible();
  await expect(page.getByLabel('Passwords and passkeys')).toHaveValue('yes');
  await elsewhere.reload();
  await expectHeading(elsewhere, 'Sign in to Quillbrook Support');
  await elsewhere.getByLabel('Email').fill(floor.pascal.email);
  await elsewhere.getByLabel('Password', { exact: true }).fill(floor.pascal.password);
  await elsewhere.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(elsewhere.getByText('Your organisation uses single sign-on.')).toBeVisible();

  await desk.goto(link);
  await expectHeading(desk, 'Join Quillbrook Support');
  await expect(desk.getByLabel('Choose a password')).toHaveCount(0);
  await expectAccessible(desk, 'joining with single sign-on');
  await desk.getByRole('button', { name: 'Continue with single sign-on' }).click();
  await provider.signIn(desk, 'mika');
  await expectHeading(desk, 'Security');
  await page.goto('/org/members?q=mika');
  await expect(page.getByRole('row', { name: /Mika Thornfield/ })).toContainText('Billing');
});

test('disconnecting says whom it touches, and signs them out if that is wanted', async ({ page, desk, server, provider, floor }) => {
  await connect(page, provider, floor);
  await server.command(['domain', 'add', 'example.com']);
  await page.getByLabel('People who aren’t members yet').selectOption('Become members at first sign-in');
  await page.getByRole('button', { name: 'Check and save' }).click();
  await expect(page.getByLabel('People who aren’t members yet')).toHaveValue('yes');
  await startSignOn(desk);
  await provider.signIn(desk, 'nia');
  await expectHeading(desk, 'Security');

  await page.reload();
  await page.getByRole('link', { name: 'Disconnect single sign-on' }).click();
  const dialog = dialogOf(page);
  await expect(dialog.getByText('1 person is connected with it')).toBeVisible();
  await expect(dialog.getByText('Signed in with it right now: 1 person.')).toBeVisible();
  await expectAccessible(page, 'disconnecting single sign-on');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await page.getByRole('link', { name: 'Disconnect single sign-on' }).click();
  await dialog.getByRole('checkbox', { name: 'Sign them out, too' }).check();
  await dialog.getByRole('button', { name: 'Disconnect', exact: true }).click();
  await expect(page.getByText('Disconnected. Nobody can sign in with it any more.')).toBeVisible();
  await desk.reload();
  await expectHeading(desk, 'Sign in to Quillbrook Support');
});
