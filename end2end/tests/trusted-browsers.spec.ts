import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures';
import { dialogOf, openConsole, openMember } from '../support/console';
import { setUpKey } from '../support/keys';
import { giveCode } from '../support/second-step';
import { expectHeading, givePassword, openPasswordPage, signIn, signOut, startSecondStep } from '../support/sign-in';
import { giveUpSoon, VirtualKey } from '../support/virtual-key';

const BOX = 'Trust this browser for 14 days';

/** Lets people trust a browser for a fortnight, as an account holder on the Policy page. */
async function allowTrust(page: Page): Promise<void> {
  await openConsole(page, 'Policy');
  await expect(page.getByRole('radio', { name: 'Never: ask every time' })).toBeChecked();
  await page.getByRole('radio', { name: 'Up to 14 days' }).check();
  await expect(page.getByText('1 change not saved')).toBeVisible();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = dialogOf(page);
  await expect(dialog.getByRole('heading', { name: 'Change when people are asked to sign in?' })).toBeFocused();
  await expect(dialog.getByText('their password alone signs in for 14 days.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved.', { exact: true })).toBeVisible();
}

test('where it is allowed, a browser is trusted by a tick, listed, and trusted no more by a press', async ({ page, elsewhere, floor }) => {
  await startSecondStep(elsewhere, floor.wren);
  await expect(elsewhere.getByRole('checkbox')).toHaveCount(0);
  await signIn(page, floor.osric);
  await allowTrust(page);

  await elsewhere.reload();
  const box = elsewhere.getByRole('checkbox', { name: BOX });
  await expect(box).not.toBeChecked();
  await expect(box).toHaveAccessibleDescription('Only on a computer nobody else uses. You still need your password.');
  await expect(elsewhere.getByLabel('6-digit code')).toHaveAccessibleDescription(/Tick it before you type the code/);
  await box.check();
  // A wrong code leaves the box as it was.
  await giveCode(elsewhere, await floor.wren.app.wrongCode());
  await expect(box).toBeChecked();
  await elsewhere.getByLabel('6-digit code').fill(await floor.wren.app.code());
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await expectHeading(elsewhere, 'Security');
  const browsers = elsewhere.getByRole('region', { name: 'Where you’re signed in' });
  const trusted = browsers.getByRole('listitem').filter({ hasText: 'Trusted browser' });
  await expect(trusted).toContainText(/Trusted until \d+ \w+\. No second step asked here/);

  await signOut(elsewhere);
  await openPasswordPage(elsewhere);
  await givePassword(elsewhere, floor.wren);
  await expectHeading(elsewhere, 'Security');
  await expect(elsewhere.getByText('Signed in with your password, in a trusted browser')).toBeVisible();
  // Whatever weakens the account still asks.
  await elsewhere.getByRole('link', { name: 'Make new codes' }).click();
  await elsewhere.getByRole('button', { name: 'Make new codes' }).click();
  await expectHeading(elsewhere, 'Confirm it’s you');
  await elsewhere.goto('/account/security');

  await trusted.getByRole('button', { name: /^Stop trusting/ }).click();
  await expect(elsewhere.getByText('Not trusted any more. The second step is asked for there.')).toBeVisible();
  await expect(trusted).toHaveCount(0);
  await signOut(elsewhere);
  await startSecondStep(elsewhere, floor.wren);
});

test('a key’s owner ticks the box before the touch, or trusts the browser from within', async ({ page, elsewhere, floor }) => {
  await signIn(page, floor.osric);
  await allowTrust(page);
  await signIn(elsewhere, floor.pascal);
  const key = await VirtualKey.plugIn(elsewhere, 'fido2');
  await setUpKey(elsewhere, 'Desk key');
  await elsewhere.goto('/account/security');
  await elsewhere.getByRole('button', { name: 'Trust this browser for 14 days: no second step here' }).click();
  await expect(elsewhere.getByText('Trusted. Your password is enough here.')).toBeVisible();
  const trusted = elsewhere.getByRole('region', { name: 'Where you’re signed in' }).getByRole('listitem').filter({ hasText: 'Trusted browser' });
  await expect(trusted).toContainText('This browser');
  await expect(elsewhere.getByRole('button', { name: /^Trust this browser/ })).toHaveCount(0);
  await trusted.getByRole('button', { name: /^Stop trusting/ }).click();
  await expect(trusted).toHaveCount(0);
  await signOut(elsewhere);

  await key.touch(false);
  await giveUpSoon(elsewhere, '/api/second-step/key/start');
  await givePassword(elsewhere, floor.pascal);
  await expectHeading(elsewhere, 'Touch your security key');
  await elsewhere.getByRole('checkbox', { name: BOX }).check();
  const again = elsewhere.getByRole('button', { name: 'Try again' });
  await expect(again).toBeVisible();
  await key.touch(true);
  await again.click();
  await expectHeading(elsewhere, 'Security');
  await expect(trusted).toBeVisible();

  // The account holder sees it, and ends it.
  await openConsole(page, 'Members');
  await openMember(page, 'Pascal Oduya');
  await expect(page.getByText('Trusts 1 browser')).toBeVisible();
  await page.getByRole('link', { name: 'Sign out and stop trusting, everywhere' }).click();
  await dialogOf(page).getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(page.getByText('Trusts 1 browser')).toHaveCount(0);
  await key.touch(false);
  await elsewhere.goto('/account/security');
  await expectHeading(elsewhere, /^Sign in to/);
  await givePassword(elsewhere, floor.pascal);
  await expectHeading(elsewhere, 'Touch your security key');
  await expect(again).toBeVisible();
});

test('how long people stay signed in is saved, and said first', async ({ page, floor }) => {
  await signIn(page, floor.osric);
  await openConsole(page, 'Policy');
  const idle = page.getByRole('radiogroup', { name: 'Signed out without use after' });
  const overall = page.getByRole('radiogroup', { name: 'Signed out in any case after' });
  await expect(idle.getByRole('radio', { name: '1 hour' })).toBeChecked();
  await expect(overall.getByRole('radio', { name: '12 hours' })).toBeChecked();
  await idle.getByRole('radio', { name: '15 minutes' }).check();
  await overall.getByRole('radio', { name: '8 hours' }).check();
  await expect(page.getByText('2 changes not saved')).toBeVisible();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = dialogOf(page);
  await expect(dialog.getByRole('heading', { name: 'Change how long people stay signed in?' })).toBeFocused();
  await expect(dialog).toContainText('Everyone is signed out after 15 minutes without use.');
  await expect(dialog).toContainText('Whoever is past that is signed out as soon as you save.');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved.', { exact: true })).toBeVisible();
  await page.reload();
  await expect(idle.getByRole('radio', { name: '15 minutes' })).toBeChecked();
  await expect(overall.getByRole('radio', { name: '8 hours' })).toBeChecked();
  await openConsole(page, 'Audit log');
  await expect(page.getByText('Made sessions last 15 minutes without use, and 8 hours at most')).toBeVisible();
});
