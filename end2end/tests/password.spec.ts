import { expect, test } from '../fixtures/mail';
import { answered } from '../support/answered';
import { confirmEmail } from '../support/confirm-email';
import { setUpEmailedCode } from '../support/emailed-code';
import { readCodes } from '../support/backup-codes';
import { askForLink, choosePassword, newPassword, receiveResetLink, resetPassword, sendLink } from '../support/password';
import { giveBackupCode, giveCode } from '../support/second-step';
import { expectHeading, givePassword, openPasswordPage, signIn, signOut } from '../support/sign-in';

test('from a refused sign-in to a new password, which is the only one', async ({ page, post, pascal }) => {
  await openPasswordPage(page);
  await givePassword(page, { email: pascal.email, password: 'not-the-right-one' });
  await page.getByRole('link', { name: 'reset your password' }).click();
  await expectHeading(page, 'Reset your password');
  await sendLink(page, pascal.email);
  await page.goto(await receiveResetLink(post, pascal.email));
  await choosePassword(page);
  await page.getByRole('link', { name: 'Go to sign-in' }).click();
  await expectHeading(page, /^Sign in to/);

  await openPasswordPage(page);
  await givePassword(page, pascal);
  await expect(page.getByText('That email and password don’t match.')).toBeVisible();
  await givePassword(page, { email: pascal.email, password: newPassword });
  await expectHeading(page, 'Security');
  const notice = await post.waitFor(pascal.email, 'Your sign-in details were changed');
  expect(notice.text).toContain('A new password was chosen');
});

test('whoever has no account is told the same, and gets no mail', async ({ page, post, pascal }) => {
  const nobody = 'nobody.known@example.com';
  await askForLink(page, nobody);
  const told = async (email: string) => (await page.getByRole('main').innerText()).replaceAll(email, '…').replace(/\d\d:\d\d/g, '…');
  const toNobody = await told(nobody);
  await askForLink(page, pascal.email);
  expect(await told(pascal.email)).toBe(toNobody);
  // What was asked for first would have come first.
  await receiveResetLink(post, pascal.email);
  expect(post.mailTo(nobody)).toEqual([]);
});

test('opening the link changes nothing, and it works once', async ({ page, post, pascal }) => {
  await askForLink(page, pascal.email);
  const link = await receiveResetLink(post, pascal.email);
  await page.goto(link);
  await page.reload();
  await choosePassword(page);
  await page.goto(link);
  await expectHeading(page, 'This link has ended');
});

test('a password that is easy to guess is refused, and the link still works', async ({ page, post, pascal }) => {
  await askForLink(page, pascal.email);
  await page.goto(await receiveResetLink(post, pascal.email));
  const password = page.getByLabel('New password', { exact: true });
  await password.fill('password1234');
  await page.getByRole('button', { name: 'Save password' }).click();
  await expect(password).toHaveAccessibleDescription(/That password is easy to guess./);
  await expect(password).toBeFocused();
  await choosePassword(page);
});

test('a new password ends every session, and the second step is still asked for', async ({ page, elsewhere, post, wren }) => {
  await signIn(elsewhere, wren);
  await resetPassword(page, post, wren.email);
  await elsewhere.reload();
  await expectHeading(elsewhere, /^Sign in to/);
  await openPasswordPage(page);
  await givePassword(page, { ...wren, password: newPassword });
  await expectHeading(page, 'Enter the code from your app');
  await giveCode(page, await wren.app.code());
  await expectHeading(page, 'Security');
});

test('after a password chosen by mail, a code by mail isn’t enough', async ({ page, post, pascal }) => {
  await signIn(page, pascal);
  await confirmEmail(page, post, pascal);
  let codes: string[] = [];
  await setUpEmailedCode(page, post, pascal, async () => {
    codes = await readCodes(page);
  });
  await signOut(page);
  await resetPassword(page, post, pascal.email);
  await openPasswordPage(page);
  await givePassword(page, { email: pascal.email, password: newPassword });
  await expectHeading(page, 'Try another way');
  await expect(page.getByText('No code by email this time')).toBeVisible();
  await expect(page.getByRole('link', { name: /^Backup code/ })).toBeVisible();
  await expect(page.getByRole('link', { name: /^Emailed code/ })).toBeHidden();
  await page.getByRole('link', { name: /^Backup code/ }).click();
  await giveBackupCode(page, codes[0] ?? '');
  await expectHeading(page, 'Security');
});

test('whoever is signed in changes it with the one they have, and is signed out everywhere else', async ({ page, elsewhere, post, wren }) => {
  await signIn(elsewhere, wren);
  await signIn(page, wren);
  await page.goto('/account/profile');
  await page.getByRole('link', { name: 'Change password' }).click();
  await expectHeading(page, 'Change your password');
  const current = page.getByLabel('Current password', { exact: true });
  const save = () => answered(page, () => page.getByRole('button', { name: 'Save password' }).click());
  await current.fill('not-the-right-one');
  await page.getByLabel('New password', { exact: true }).fill(newPassword);
  await save();
  await expect(current).toHaveAttribute('aria-invalid', 'true');
  await expect(current).toBeFocused();

  await current.fill(wren.password);
  await page.getByLabel('New password', { exact: true }).fill(newPassword);
  await save();
  const notice = await post.waitFor(wren.email, 'Your sign-in details were changed');
  expect(notice.text).toContain('The password of your account');
  await elsewhere.reload();
  await expectHeading(elsewhere, /^Sign in to/);
  await page.goto('/account/profile');
  await expectHeading(page, 'Profile');
  await signOut(page);
  await signIn(page, { ...wren, password: newPassword });
});
