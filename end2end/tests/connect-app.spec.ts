import { expect, test } from '../fixtures';
import { answered } from '../support/answered';
import { readCodes } from '../support/backup-codes';
import { chooseApp, connectApp, openAppPage, readKey, saveCodes } from '../support/enrol';
import { Organisation } from '../support/organisation';
import { scan } from '../support/qr';
import { giveCode } from '../support/second-step';
import { expectHeading, givePassword, signIn, signOut } from '../support/sign-in';

test.beforeEach(async ({ page, pascal }) => {
  await signIn(page, pascal);
  await page.getByRole('link', { name: 'Set one up' }).click();
});

test.describe('to a camera', () => {
  // A camera sees more than one pixel of each of ours.
  test.use({ deviceScaleFactor: 3 });

  test('the QR code says what the key says, in the form that apps expect', async ({ page, browser, pascal }) => {
    await openAppPage(page);
    const { key } = await readKey(page);
    const scanned = new URL((await scan(browser, page.getByRole('img', { name: /^QR code/ }))) ?? '');
    expect(scanned.protocol).toBe('otpauth:');
    expect(scanned.host).toBe('totp');
    expect(decodeURIComponent(scanned.pathname)).toBe(`/${Organisation.title}:${pascal.email}`);
    const { secret, issuer, algorithm = 'SHA1', digits = '6', period = '30' } = Object.fromEntries(scanned.searchParams);
    expect(secret).toBe(key.replaceAll(' ', ''));
    expect({ issuer, algorithm, digits, period }).toEqual({ issuer: Organisation.title, algorithm: 'SHA1', digits: '6', period: '30' });
  });
});

test('a wrong code keeps the key, the name and the code', async ({ page }) => {
  await openAppPage(page);
  const app = await readKey(page);
  const code = page.getByLabel('Code from the app');
  const wrong = await app.wrongCode();
  await page.getByLabel('Name').fill('Work phone');
  await answered(page, () => code.fill(wrong));
  await expect(code).toHaveAccessibleDescription(/^That code didn’t match./);
  await expect(code).toHaveValue(wrong);
  await expect(code).toBeFocused();
  await expect(page.getByLabel('Name')).toHaveValue('Work phone');
  await expect(page.getByText(app.key)).toBeVisible();
  await connectApp(page, app, { press: true });
  await saveCodes(page);
  await expect(page.getByText('Work phone is connected.')).toBeVisible();
});

test('the same key is shown to somebody who comes back to it', async ({ page }) => {
  await openAppPage(page);
  const { key } = await readKey(page);
  await page.getByRole('link', { name: 'Back' }).click();
  await chooseApp(page);
  expect((await readKey(page)).key).toBe(key);
});

test('codes that weren’t saved are shown again after the next sign-in', async ({ page, pascal }) => {
  await openAppPage(page);
  const app = await readKey(page);
  await connectApp(page, app);
  const backupCodes = await readCodes(page);
  await page.goto('/account/security');
  await expect(page.getByText('Your backup codes aren’t saved yet')).toBeVisible();
  await signOut(page);
  await givePassword(page, pascal);
  await giveCode(page, await app.code());
  await expectHeading(page, 'Save your backup codes');
  expect(await readCodes(page)).toEqual(backupCodes);
  await saveCodes(page);
  await page.goto('/enrol/codes');
  await expectHeading(page, 'Security');
});

test('the wizard says at which step it is', async ({ page }) => {
  const step = page.getByRole('list', { name: 'Progress' }).getByRole('listitem').and(page.locator('[aria-current=step]'));
  await expect(step).toHaveText('Why');
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await expect(step).toHaveText('Choose');
  await chooseApp(page);
  await expect(step).toHaveText('Set up');
  await connectApp(page, await readKey(page));
  await expect(step).toHaveText('Save codes');
  await saveCodes(page);
  await expect(step).toHaveText('Done');
});
