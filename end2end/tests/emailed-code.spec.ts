import { expect, test } from '../fixtures/mail';
import { clockIn } from '../support/clock';
import { confirmEmail } from '../support/confirm-email';
import { addEmailedCode, chooseEmailedCode, otherThan, pressTurnOn, receiveCode, sendCode, setUpEmailedCode } from '../support/emailed-code';
import { giveCode, retryCode } from '../support/second-step';
import { expectHeading, givePassword, openPasswordPage, signIn, signOut, startSecondStep } from '../support/sign-in';

test('emailed codes are turned on by the first one, and asked for at sign-in', async ({ page, post, pascal }) => {
  await signIn(page, pascal);
  await confirmEmail(page, post, pascal);
  await setUpEmailedCode(page, post, pascal);
  const methods = page.getByRole('region', { name: /^Second step/ });
  await expect(methods.getByRole('listitem')).toHaveText([/^Emailed code/]);
  await signOut(page);

  await givePassword(page, pascal);
  await expectHeading(page, 'Check your email');
  await expect(page).toHaveTitle('Check your email, Countersign');
  const sent = page.getByText('We sent a code to p•••••@example.com at');
  await expect(sent).toHaveText(clockIn(0));
  await expect(sent).toContainText('It works for 10 minutes.');
  await expect(page.getByLabel('6-digit code')).toBeFocused();
  await giveCode(page, await receiveCode(post, pascal));
  await expectHeading(page, 'Security');
  await expect(methods.getByRole('listitem')).toContainText('Last used today');
});

test('a wrong code doesn’t turn emailed codes on, and the right one does', async ({ page, post, pascal }) => {
  await signIn(page, pascal);
  await confirmEmail(page, post, pascal);
  await page.getByRole('link', { name: 'Set one up' }).click();
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await chooseEmailedCode(page);
  const code = await receiveCode(post, pascal);
  await giveCode(page, otherThan(code));
  await expect(page.getByText('That code didn’t match.')).toBeVisible();
  await pressTurnOn(page, code);
  await expectHeading(page, 'Save your backup codes');
});

test('a wrong code is refused at sign-in, and the one in the letter still works', async ({ page, post, pascal }) => {
  await signIn(page, pascal);
  await confirmEmail(page, post, pascal);
  await setUpEmailedCode(page, post, pascal);
  await signOut(page);
  await givePassword(page, pascal);
  const code = await receiveCode(post, pascal);
  await giveCode(page, otherThan(code));
  await expect(page.getByText('That code didn’t match.')).toBeVisible();
  await expect(page.getByLabel('6-digit code')).toBeFocused();
  // Another one is heard again: the same words are taken out, and put back.
  const spoken = page.locator('.err').evaluateHandle((line) => {
    const region = line.parentElement!;
    const said: string[] = [];
    new MutationObserver((changes) => {
      changes.forEach(({ addedNodes }) => addedNodes.forEach((node) => said.push(node.textContent ?? '')));
    }).observe(region, { childList: true, subtree: true });
    return said;
  });
  await page.getByRole('button', { name: 'Sign in' }).click();
  const said = await spoken;
  await expect.poll(() => said.evaluate((all) => all.join())).toContain('That code didn’t match.');
  await retryCode(page, code);
  await expectHeading(page, 'Security');
});

test('a code works for the sign-in it was sent for, and for no other', async ({ page, elsewhere, post, pascal }) => {
  await signIn(page, pascal);
  await confirmEmail(page, post, pascal);
  await setUpEmailedCode(page, post, pascal);
  await signOut(page);
  await givePassword(page, pascal);
  const here = await receiveCode(post, pascal);
  await openPasswordPage(elsewhere);
  await givePassword(elsewhere, pascal);
  const there = await receiveCode(post, pascal);

  await giveCode(elsewhere, here);
  await expect(elsewhere.getByText('That code didn’t match.')).toBeVisible();
  await giveCode(page, here);
  await expectHeading(page, 'Security');
  await retryCode(elsewhere, there);
  await expectHeading(elsewhere, 'Security');
});

test('beside an app, a code is sent only to whoever asks, and a new one has to wait', async ({ page, post, wren }) => {
  await signIn(page, wren);
  await confirmEmail(page, post, wren);
  await addEmailedCode(page, post, wren);
  await signOut(page);
  await startSecondStep(page, wren);
  await page.getByRole('button', { name: 'Try another way' }).click();
  await expect(page.getByRole('main').getByRole('listitem').filter({ hasText: /^(Authenticator app|Emailed code|Backup code|Recovery key)/ })).toHaveText([
    /^Authenticator app/,
    /^Emailed code/,
    /^Backup code/,
    /^Recovery key/,
  ]);
  await page.getByRole('link', { name: /^Emailed code/ }).click();
  await expectHeading(page, 'Check your email');
  await expect(page.getByText('We sent a code to')).toBeHidden();
  await sendCode(page);
  await expect(page.getByText('We sent a code to w•••••@example.com at')).toBeVisible();
  await expect(page.getByText(/You can send a new code at \d\d:\d\d\./)).toHaveText(clockIn(60));
  await expect(page.getByRole('button', { name: 'Send code', exact: true })).toBeHidden();
  const again = page.getByRole('button', { name: 'Send a new code' });
  await expect(again).toHaveAttribute('aria-disabled', 'true');
  await expect(again).toHaveAccessibleDescription(/You can send a new code at \d\d:\d\d\./);

  // Coming back sends nothing, and forgets nothing.
  await page.reload();
  await expect(page.getByText('We sent a code to w•••••@example.com at')).toBeVisible();
  // What is filled in before the script is there doesn't send itself.
  await page.waitForLoadState('networkidle');
  await giveCode(page, await receiveCode(post, wren));
  await expectHeading(page, 'Security');
});

test('"Confirm it’s you" takes an emailed code, and leads back', async ({ page, post, wren }) => {
  await signIn(page, wren);
  await confirmEmail(page, post, wren);
  await addEmailedCode(page, post, wren);
  await page.goto('/account/confirm?next=/account/profile');
  await page.getByRole('link', { name: 'Use an emailed code instead' }).click();
  await expectHeading(page, 'Confirm it’s you');
  await sendCode(page);
  await giveCode(page, await receiveCode(post, wren));
  await expectHeading(page, 'Profile');
});

test('emailed codes can be turned off, and are offered no longer', async ({ page, post, wren }) => {
  await signIn(page, wren);
  await confirmEmail(page, post, wren);
  await addEmailedCode(page, post, wren);
  await page.getByRole('link', { name: 'Turn off emailed code' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Turn (it )?off/ }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page.getByRole('status').filter({ hasText: 'Emailed codes are off. You’re signed out everywhere else.' })).toBeVisible();
  const methods = page.getByRole('region', { name: /^Second step/ });
  await expect(methods.getByRole('listitem').filter({ hasText: 'Emailed code' })).toHaveCount(0);
  await signOut(page);
  await startSecondStep(page, wren);
  await page.getByRole('button', { name: 'Try another way' }).click();
  await expectHeading(page, 'Try another way');
  await expect(page.getByRole('link', { name: /^Backup code/ })).toBeVisible();
  await expect(page.getByRole('link', { name: /^Emailed code/ })).toBeHidden();
});
