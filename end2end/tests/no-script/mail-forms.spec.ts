import { expect, test } from '../../fixtures/mail';
import { confirmEmail } from '../../support/confirm-email';
import { chooseEmailedCode, otherThan, pressTurnOn, receiveCode, sendCode } from '../../support/emailed-code';
import { connectApp, openAppPage, readKey, saveCodes } from '../../support/enrol';
import { askForLink, choosePassword, newPassword, receiveResetLink } from '../../support/password';
import { chooseRecoveryKey, giveRecoveryKey, readRecoveryKey, saveNewKey } from '../../support/recovery-key';
import { retryCode } from '../../support/second-step';
import { expectHeading, givePassword, signOut } from '../../support/sign-in';

test('emailed codes are turned on and asked for by plain forms', async ({ page, post, pascal }) => {
  await page.goto('/sign-in');
  await givePassword(page, pascal);
  await expectHeading(page, 'Security');
  await confirmEmail(page, post, pascal);
  await page.getByRole('link', { name: 'Set one up' }).click();
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await chooseEmailedCode(page);
  const code = await receiveCode(post, pascal);
  await pressTurnOn(page, otherThan(code));
  await expect(page.getByText('That code didn’t match.')).toBeVisible();
  await pressTurnOn(page, code);
  await expectHeading(page, 'Save your backup codes');
  await saveCodes(page);
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await signOut(page);

  await givePassword(page, pascal);
  await expectHeading(page, 'Check your email');
  await expect(page.getByText('We sent a code to p•••••@example.com at')).toBeVisible();
  await expect(page.getByText(/You can send a new code at \d\d:\d\d\./)).toBeVisible();
  const atSignIn = await receiveCode(post, pascal);
  await retryCode(page, otherThan(atSignIn));
  await expect(page.getByText('That code didn’t match.')).toBeVisible();
  await retryCode(page, atSignIn);
  await expectHeading(page, 'Security');
});

test('beside an app, an emailed code is sent by a button', async ({ page, post, wren }) => {
  await page.goto('/sign-in');
  await givePassword(page, wren);
  await retryCode(page, await wren.app.code());
  await expectHeading(page, 'Security');
  await confirmEmail(page, post, wren);
  await page.getByRole('link', { name: 'Add a method' }).click();
  await chooseEmailedCode(page);
  await pressTurnOn(page, await receiveCode(post, wren));
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await signOut(page);

  await givePassword(page, wren);
  await page.getByRole('button', { name: 'Try another way' }).click();
  await page.getByRole('link', { name: /^Emailed code/ }).click();
  await sendCode(page);
  await retryCode(page, await receiveCode(post, wren));
  await expectHeading(page, 'Security');
});

test('a recovery key is shown, used and replaced by plain forms', async ({ page, pascal }) => {
  await page.goto('/sign-in');
  await givePassword(page, pascal);
  await page.getByRole('link', { name: 'Set one up' }).click();
  await openAppPage(page);
  await connectApp(page, await readKey(page), { press: true });
  await expectHeading(page, 'Save your backup codes');
  const key = await readRecoveryKey(page);
  await saveCodes(page);
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await signOut(page);

  await givePassword(page, pascal);
  await chooseRecoveryKey(page);
  await giveRecoveryKey(page, '22222-22222-22222-22222-22222-22222');
  await expect(page.getByLabel('Recovery key')).toHaveAccessibleDescription(/didn’t match/);
  await giveRecoveryKey(page, key);
  expect(await saveNewKey(page)).not.toBe(key);
});

test('a new password is chosen by plain forms', async ({ page, post, pascal }) => {
  await askForLink(page, pascal.email);
  await page.goto(await receiveResetLink(post, pascal.email));
  await choosePassword(page);
  await page.getByRole('link', { name: 'Go to sign-in' }).click();
  await givePassword(page, { email: pascal.email, password: newPassword });
  await expectHeading(page, 'Security');
});
