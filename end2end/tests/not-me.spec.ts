import { expect, test } from '../fixtures/mail';
import { askForChange } from '../support/address';
import { confirmWith } from '../support/confirm-email';
import { linkIn, withLink } from '../support/letters';
import { choosePassword, newPassword } from '../support/password';
import { osric } from '../support/people';
import { expectHeading, givePassword, openPasswordPage, signIn } from '../support/sign-in';

const reported = 'Someone on your team said “This wasn’t me”';

test('"This wasn’t me" in a letter signs out everywhere, asks for a new password and tells the account holder', async ({
  page,
  elsewhere,
  post,
  wren,
}) => {
  await signIn(page, wren);
  const letter = await post.waitFor(wren.email, 'A way to sign in was added to your account');
  const link = linkIn(letter, '/not-me');

  await test.step('opening the link does nothing yet', async () => {
    await elsewhere.goto(link);
    await expectHeading(elsewhere, 'Wasn’t it you?');
    await page.reload();
    await expectHeading(page, 'Security');
  });

  await test.step('the button signs out everywhere, and the old password has ended', async () => {
    await elsewhere.getByRole('button', { name: 'Sign out everywhere' }).click();
    await expectHeading(elsewhere, 'Choose a new password');
    await page.reload();
    await expectHeading(page, /^Sign in to/);
    await openPasswordPage(page);
    await givePassword(page, wren);
    await expect(page.getByText('That email and password don’t match.')).toBeVisible();
  });

  await test.step('a new one is chosen', async () => {
    await choosePassword(elsewhere);
    await signIn(page, { ...wren, password: newPassword });
  });

  const told = await post.waitFor(osric.email, reported);
  expect(told.text).toContain(`${wren.name}, ${wren.email}`);
  await elsewhere.goto(link);
  await expectHeading(elsewhere, 'This link has ended');
});

test('"This wasn’t me" in the recent activity does the same', async ({ page, elsewhere, post, wren }) => {
  await signIn(elsewhere, wren);
  await signIn(page, wren);
  await page.getByRole('region', { name: 'Recent activity' }).getByRole('link', { name: /^This wasn’t me/ }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await expectHeading(page, 'You’re signed out everywhere');
  // The way on goes to the mailbox: whoever pressed may be the one it wasn't.
  await page.goto(linkIn(await post.waitFor(wren.email, withLink('/reset-password')), '/reset-password'));
  await choosePassword(page);
  await elsewhere.reload();
  await expectHeading(elsewhere, /^Sign in to/);
  await post.waitFor(osric.email, reported);
  await signIn(page, { ...wren, password: newPassword });
});

test('Escape closes the question, and nothing has happened', async ({ page, wren }) => {
  await signIn(page, wren);
  const opener = page.getByRole('region', { name: 'Recent activity' }).getByRole('link', { name: /^This wasn’t me/ }).first();
  await opener.click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(opener).toBeFocused();
  await page.reload();
  await expectHeading(page, 'Security');
});

test('an email that somebody else changed is put back', async ({ page, elsewhere, post, pascal }) => {
  const theirs = 'somebody.else@example.com';
  await signIn(page, pascal);
  await askForChange(page, theirs);
  await confirmWith(page, linkIn(await post.waitFor(theirs, withLink('/confirm-email')), '/confirm-email'));
  const link = linkIn(await post.waitFor(pascal.email, 'Your email was changed'), '/not-me');
  await elsewhere.goto(link);
  await elsewhere.getByRole('button', { name: 'Sign out everywhere' }).click();
  await choosePassword(elsewhere);
  await openPasswordPage(elsewhere);
  await givePassword(elsewhere, { email: pascal.email, password: newPassword });
  await expectHeading(elsewhere, 'Security');
});
