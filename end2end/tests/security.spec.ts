import { expect, test } from '../fixtures';
import { answered } from '../support/answered';
import { readCodes } from '../support/backup-codes';
import { chooseApp, connectApp, readKey, saveCodes } from '../support/enrol';
import { appName } from '../support/organisation';
import { chooseBackupCode, giveBackupCode, giveCode } from '../support/second-step';
import { expectHeading, signIn, signOut, startSecondStep } from '../support/sign-in';

test('a second app can be added, renamed and removed', async ({ page, wren }) => {
  await signIn(page, wren);
  const methods = page.getByRole('region', { name: /^Second step/ });

  await test.step('add', async () => {
    await methods.getByRole('link', { name: 'Add a method' }).click();
    await chooseApp(page);
    await expect(page.getByLabel('Name')).toHaveValue('Phone app 2');
    await connectApp(page, await readKey(page), { name: 'Spare phone' });
    await expectHeading(page, 'You’re set up');
    await page.getByRole('link', { name: 'Go to your desk' }).click();
    await expect(methods.getByRole('listitem')).toHaveText([new RegExp(appName), /Spare phone/]);
    await expect(methods).toContainText('You have two, so you can lose one and still get in.');
  });

  await test.step('rename', async () => {
    await methods.getByRole('link', { name: 'Rename Spare phone' }).click();
    const dialog = page.getByRole('dialog', { name: 'Rename Spare phone' });
    await expect(dialog.getByLabel('Name')).toBeFocused();
    await dialog.getByLabel('Name').fill('');
    await answered(page, () => dialog.getByRole('button', { name: 'Save name' }).click());
    await expect(dialog.getByText('Type a name.')).toBeVisible();
    await dialog.getByLabel('Name').fill('Tablet');
    await dialog.getByRole('button', { name: 'Save name' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('status').filter({ hasText: 'Renamed.' })).toBeVisible();
    await expect(methods.getByRole('listitem')).toHaveText([new RegExp(appName), /Tablet/]);
  });

  await test.step('remove', async () => {
    await methods.getByRole('link', { name: 'Remove Tablet' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove Tablet?' });
    await expect(dialog).toContainText('It stops working here straight away.');
    await dialog.getByRole('button', { name: 'Remove app' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('status').filter({ hasText: 'Removed. You’re signed out everywhere else.' })).toBeVisible();
    await expect(methods.getByRole('listitem')).toHaveText([new RegExp(appName)]);
  });
});

test('what weakens the account asks "Confirm it’s you" when the proof isn’t fresh, and comes back to it', async ({ page, wren }) => {
  // Ten minutes can't be waited for: the server's first answer is put into its mouth, the rest is its own.
  await page.route(
    '**/api/second-step/turn-off',
    (route) => {
      const next = `/account/confirm?next=${encodeURIComponent('/account/security?turn-off=1')}`;
      return route.fulfill({
        status: 403,
        headers: { 'countersign-answer': 'refused' },
        json: { outcome: 'refused', because: 'confirm-first', next },
      });
    },
    { times: 1 },
  );
  await signIn(page, wren);
  await page.getByRole('link', { name: 'Turn off two-factor authentication' }).click();
  const dialog = page.getByRole('dialog', { name: 'Turn off two-factor authentication?' });
  await dialog.getByRole('button', { name: 'Turn it off' }).click();
  await expectHeading(page, 'Confirm it’s you');
  await expect(page.getByRole('link', { name: 'Use a backup code instead' })).toBeVisible();
  await giveCode(page, await wren.app.wrongCode());
  await expect(page.getByText('That code didn’t match.')).toBeVisible();
  await page.getByLabel('6-digit code').fill(await wren.app.code());
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(dialog).toBeVisible();
  await dialog.getByRole('button', { name: 'Turn it off' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Two-factor authentication is off.' })).toBeVisible();
});

test('once it is turned off, the password alone lets its owner in', async ({ page, wren }) => {
  await signIn(page, wren);
  await page.getByRole('link', { name: 'Turn off two-factor authentication' }).click();
  await page.getByRole('button', { name: 'Turn it off' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Two-factor authentication is off.' })).toBeVisible();
  await expect(page.getByRole('region', { name: /^Second step/ })).toContainText('Not set up');
  await expect(page.getByRole('region', { name: 'If you lose your key or phone' })).toBeHidden();
  await signOut(page);
  const { name, email, password, role } = wren;
  await signIn(page, { name, email, password, role });
});

test('new backup codes end the old ones', async ({ page, wren }) => {
  await signIn(page, wren);
  await page.getByRole('link', { name: 'Make new codes' }).click();
  const dialog = page.getByRole('dialog', { name: 'Make new backup codes?' });
  await expect(dialog).toContainText('Your 15 codes stop working straight away.');
  await dialog.getByRole('button', { name: 'Make new codes' }).click();
  await expectHeading(page, 'Save your new backup codes');
  const [fresh = '', ...others] = await readCodes(page);
  expect(wren.backupCodes).not.toEqual(expect.arrayContaining([fresh, ...others]));
  await saveCodes(page);
  await expectHeading(page, 'Security');
  await signOut(page);

  await startSecondStep(page, wren);
  await chooseBackupCode(page);
  await giveBackupCode(page, wren.backupCodes[0] ?? '');
  await expect(page.getByText('That code didn’t match.')).toBeVisible();
  await giveBackupCode(page, fresh);
  await expectHeading(page, 'Security');
});

test('with three codes left, the page asks to make new ones now', async ({ page, organisation, wren }) => {
  await organisation.spendBackupCodes(wren, 12);
  await signIn(page, wren);
  await expect(page.getByText('Make new codes now')).toBeVisible();
  await expect(page.getByRole('main')).toContainText('3 codes left.');
  await expect(page.getByRole('region', { name: 'If you lose your key or phone' })).toContainText('3 of 15 left');
});

test('another browser can be signed out from here', async ({ page, elsewhere, wren }) => {
  await signIn(elsewhere, wren);
  await signIn(page, wren);
  const browsers = page.getByRole('region', { name: 'Where you’re signed in' });
  await expect(browsers.getByRole('listitem')).toHaveText([/This browser/, /Last active today/]);
  await browsers.getByRole('button', { name: /^Sign out .+, 127\.0\.0\.1$/ }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Signed out there.' })).toBeVisible();
  await expect(browsers.getByRole('listitem')).toHaveText([/This browser/]);
  await elsewhere.getByRole('link', { name: 'Profile' }).click();
  await expectHeading(elsewhere, /^Sign in to/);
});

test('every other browser can be signed out at once', async ({ page, elsewhere, wren }) => {
  await signIn(elsewhere, wren);
  await signIn(page, wren);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Signed out everywhere else.' })).toBeVisible();
  await elsewhere.reload();
  await expectHeading(elsewhere, /^Sign in to/);
});

test('recent activity says what happened, newest first', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  await giveCode(page, await wren.app.wrongCode());
  await page.getByLabel('6-digit code').fill(await wren.app.code());
  await page.getByRole('button', { name: 'Sign in' }).click();
  const activity = page.getByRole('region', { name: 'Recent activity' }).getByRole('listitem');
  await expect(activity.filter({ hasText: /Today, \d\d:\d\d/ }).getByText(/^Signed in with|^Wrong code|^Password accepted/)).toHaveText([
    'Signed in with your authenticator app',
    'Wrong code from your authenticator app',
    'Password accepted',
    'Signed in with your password',
  ]);
});
