import { expect, test } from '../../fixtures';
import { readCodes } from '../../support/backup-codes';
import { connectApp, openAppPage, readKey, saveCodes } from '../../support/enrol';
import { Organisation } from '../../support/organisation';
import { osric } from '../../support/people';
import { chooseBackupCode, giveBackupCode, retryCode } from '../../support/second-step';
import { setUpKey } from '../../support/keys';
import { expectHeading, givePassword, signIn } from '../../support/sign-in';
import { VirtualKey } from '../../support/virtual-key';

test('the set-up link, the wizard and saving codes are plain forms', async ({ page, server }) => {
  await page.goto(await server.setUpLink());
  await page.getByLabel('Organisation').fill(Organisation.title);
  await page.getByLabel('Your name').fill(osric.name);
  await page.getByLabel('Email').fill(osric.email);
  await page.getByLabel('Choose a password').fill(osric.password);
  await page.getByRole('button', { name: 'Create organisation' }).click();
  await openAppPage(page);
  const app = await readKey(page);

  await page.getByLabel('Code from the app').fill(await app.wrongCode());
  await page.getByRole('button', { name: 'Connect app' }).click();
  await expect(page.getByText('That code didn’t match.')).toBeVisible();
  await connectApp(page, app, { name: 'Work phone', press: true });

  await expectHeading(page, 'Save your backup codes');
  await expect(page.getByText('Print this page or write the codes down.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Download' })).toBeHidden();
  const codes = await readCodes(page);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText('Tick “I’ve saved these” first: the codes aren’t shown again.')).toBeVisible();
  expect(await readCodes(page)).toEqual(codes);
  await saveCodes(page);
  await expectHeading(page, 'You’re set up');
  await expect(page.getByText('Work phone is connected.')).toBeVisible();
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await expectHeading(page, 'Security');
});

test('a refused sign-in keeps the email, and the right one returns to the page asked for', async ({ page, pascal }) => {
  await page.goto('/account/profile');
  await givePassword(page, { ...pascal, password: 'not-the-right-one' });
  await expect(page.getByText('That email and password don’t match.')).toBeVisible();
  await expect(page.getByLabel('Email')).toHaveValue(pascal.email);
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
  await givePassword(page, pascal);
  await expectHeading(page, 'Profile');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expectHeading(page, /^Sign in to/);
});

test('the second step takes a code from the app', async ({ page, wren }) => {
  await page.goto('/sign-in');
  await givePassword(page, wren);
  await expectHeading(page, 'Enter the code from your app');
  await retryCode(page, await wren.app.wrongCode());
  await expect(page.getByText('That code didn’t match.')).toBeVisible();
  await retryCode(page, await wren.app.code());
  await expectHeading(page, 'Security');
});

test('the second step takes a backup code', async ({ page, wren }) => {
  await page.goto('/sign-in');
  await givePassword(page, wren);
  await chooseBackupCode(page);
  await giveBackupCode(page, '2222-2222');
  await expect(page.getByText('That code didn’t match.')).toBeVisible();
  await giveBackupCode(page, wren.backupCodes[0] ?? '');
  await expectHeading(page, 'Security');
  await expect(page.getByText('You signed in with a backup code. 14 codes left.')).toBeVisible();
});

test('the second step can be turned off again', async ({ page, wren }) => {
  await page.goto('/sign-in');
  await givePassword(page, wren);
  await retryCode(page, await wren.app.code());
  await page.getByRole('link', { name: 'Turn off two-factor authentication' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn it off' }).click();
  await expectHeading(page, 'Security');
  await expect(page.getByRole('region', { name: /^Second step/ })).toContainText('Not set up');
});

test('a security key needs script, says so, and leads to another way', async ({ page, browser, server, pascal }) => {
  const scripted = await browser.newContext({ baseURL: server.origin, javaScriptEnabled: true });
  const other = await scripted.newPage();
  await signIn(other, pascal);
  await VirtualKey.plugIn(other, 'fido2');
  let codes: string[] = [];
  await setUpKey(other, 'Desk key', async () => {
    codes = await readCodes(other);
  });
  await scripted.close();

  await page.goto('/sign-in');
  await expect(page.getByRole('button', { name: 'Use a passkey' })).toBeHidden();
  await givePassword(page, pascal);
  await expectHeading(page, 'Touch your security key');
  await expect(page.locator('noscript p')).toHaveText('It needs JavaScript, which is off here. You have 2 other ways.');
  await expect(page.getByRole('button', { name: 'Use my key' })).toBeHidden();
  await chooseBackupCode(page);
  await giveBackupCode(page, codes[0] ?? '');
  await expectHeading(page, 'Security');
});
