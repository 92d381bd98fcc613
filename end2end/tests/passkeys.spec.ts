import { expect, test } from '../fixtures';
import { createPasskey, setUpPasskey } from '../support/keys';
import { expectHeading, givePassword, openPasswordPage, signIn, signOut } from '../support/sign-in';
import { VirtualKey, withoutAutofill } from '../support/virtual-key';

test('a passkey signs in by the button, without e-mail or password', async ({ page, pascal }) => {
  await withoutAutofill(page);
  await signIn(page, pascal);
  const device = await VirtualKey.plugIn(page, 'internal');
  await setUpPasskey(page);
  const methods = page.getByRole('region', { name: /^Second step/ });
  await expect(methods.getByRole('listitem')).toContainText('This computer');
  await expect(methods.getByRole('listitem')).toContainText('Passkey, added today');
  expect(await device.credentials()).toMatchObject([{ isResidentCredential: true }]);
  await signOut(page);
  await page.goto('/account/profile');
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expectHeading(page, 'Profile');
  await page.getByRole('link', { name: 'Security' }).click();
  await expect(page.getByText('Signed in with a passkey')).toBeVisible();
});

test('a passkey is offered by the e-mail field itself', async ({ page, pascal }) => {
  await signIn(page, pascal);
  const device = await VirtualKey.plugIn(page, 'internal');
  await setUpPasskey(page);
  await device.touch(false);
  await signOut(page);
  await expect(page.getByLabel('Email')).toHaveAttribute('autocomplete', 'username webauthn');
  // Picking the suggestion is the browser's own window; a virtual device picks it by its touch.
  await page.goto('/help');
  await device.touch(true);
  await page.goto('/sign-in');
  await expectHeading(page, 'Security');
});

test('with a passkey about, the password still works, and then asks for it', async ({ page, pascal }) => {
  await signIn(page, pascal);
  const device = await VirtualKey.plugIn(page, 'internal');
  await setUpPasskey(page, 'Reception');
  await device.touch(false);
  await signOut(page);
  await givePassword(page, pascal);
  await expectHeading(page, 'Use your passkey');
  await expect(page.getByRole('main')).toContainText('Use Reception: your fingerprint, face or screen-lock PIN.');
  await expect(page.getByRole('status').filter({ hasText: 'Waiting for your passkey' })).toBeVisible();
  await page.getByRole('button', { name: 'Try another way' }).click();
  await expectHeading(page, 'Try another way');
  await device.touch(true);
  await page.getByRole('link', { name: /^Passkey/ }).click();
  await expectHeading(page, 'Security');
});

test('a prompt that a password took the place of opens again', async ({ page, pascal }) => {
  await withoutAutofill(page);
  await signIn(page, pascal);
  const device = await VirtualKey.plugIn(page, 'internal');
  await setUpPasskey(page);
  await signOut(page);
  await device.touch(false);
  const usePasskey = page.getByRole('button', { name: 'Use a passkey' });
  await usePasskey.click();
  const waiting = page.getByRole('status').filter({ hasText: 'Waiting for your passkey' });
  await expect(waiting).toHaveCount(1);
  await givePassword(page, { email: pascal.email, password: 'not-the-right-one' });
  await expect(page.getByRole('alert').filter({ hasText: 'That email and password don’t match.' })).toBeVisible();
  await expect(waiting).toHaveCount(0);
  await device.touch(true);
  await usePasskey.click();
  await expectHeading(page, 'Security');
});

test('a passkey whose owner isn’t verified gets nobody in', async ({ page, pascal }) => {
  await signIn(page, pascal);
  const device = await VirtualKey.plugIn(page, 'internal');
  await setUpPasskey(page);
  await device.verify(false);
  await signOut(page);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Your passkey wasn’t used. Try again, or try another way.' })).toBeVisible();
  await expectHeading(page, /^Sign in to/);
});

test('a removed passkey is refused, and the password is still there', async ({ page, organisation, pascal }) => {
  await withoutAutofill(page);
  await signIn(page, pascal);
  const device = await VirtualKey.plugIn(page, 'internal');
  await setUpPasskey(page);
  await organisation.server.command(['member', 'reset', pascal.email]);
  await page.reload();
  await expectHeading(page, /^Sign in to/);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'That passkey isn’t connected to an account here. Sign in another way.' })).toBeVisible();
  // The browser was told, and offers it no more.
  await expect.poll(() => device.credentials()).toEqual([]);
  await givePassword(page, pascal);
  await expectHeading(page, 'Security');
});

test('a passkey can be renamed and removed', async ({ page, wren }) => {
  await signIn(page, wren);
  await VirtualKey.plugIn(page, 'internal');
  await page.getByRole('link', { name: 'Add a method' }).click();
  await createPasskey(page, 'Reception');
  await expectHeading(page, 'You’re set up');
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await page.getByRole('link', { name: 'Rename Reception' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Night desk');
  await page.getByRole('dialog').getByRole('button', { name: 'Save name' }).click();
  await page.getByRole('link', { name: 'Remove Night desk' }).click();
  await page.getByRole('dialog', { name: 'Remove Night desk?' }).getByRole('button', { name: 'Remove passkey' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Removed.' })).toBeVisible();
  await expect(page.getByRole('region', { name: /^Second step/ }).getByRole('listitem')).toHaveText([/^Phone app/]);
});

test('a browser that knows no passkeys shows no button', async ({ page, pascal }) => {
  await page.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential'));
  await openPasswordPage(page);
  await page.waitForLoadState('networkidle');
  await expect(page.getByRole('button', { name: 'Use a passkey' })).toBeHidden();
  await givePassword(page, pascal);
  await expectHeading(page, 'Security');
});
