import { expect, test } from '../fixtures/mail';
import { confirmWith, receiveConfirmLink } from '../support/confirm-email';
import { askForChange } from '../support/address';
import { linkIn, withLink } from '../support/letters';
import { expectHeading, givePassword, openPasswordPage, signIn, signOut } from '../support/sign-in';

const newEmail = 'pascal.o@example.com';

test('an email is confirmed by a press on the page of its link, in any browser', async ({ page, elsewhere, post, pascal }) => {
  await signIn(page, pascal);
  const link = await receiveConfirmLink(page, post, pascal);

  await elsewhere.goto(link);
  await expectHeading(elsewhere, 'Confirm your email');
  await page.reload();
  await expect(page.getByText('Not confirmed', { exact: true })).toBeVisible();

  await confirmWith(elsewhere, link);
  await page.reload();
  await expect(page.getByText('Confirmed', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Send the link again' })).toBeHidden();
  await elsewhere.goto(link);
  await expectHeading(elsewhere, 'This link has ended');
});

test('a link that nobody sent has ended', async ({ page, organisation: _ }) => {
  for (const path of ['/confirm-email', '/reset-password', '/not-me']) {
    await page.goto(`${path}?token=ended`);
    await expectHeading(page, 'This link has ended');
  }
});

test('another email takes the old one’s place once it is confirmed, and not before', async ({ page, post, pascal }) => {
  await signIn(page, pascal);
  await askForChange(page, newEmail);
  const link = linkIn(await post.waitFor(newEmail, withLink('/confirm-email')), '/confirm-email');

  await test.step('the old one is told, and still signs in', async () => {
    const notice = await post.waitFor(pascal.email, 'Your email is being changed');
    expect(notice.text).toContain('p•••••@example.com');
    await page.goto('/account/profile');
    await expect(page.getByRole('main')).toContainText(pascal.email);
    await signOut(page);
    await signIn(page, pascal);
  });

  await test.step('the new one is confirmed, and is the only one', async () => {
    await confirmWith(page, link);
    await post.waitFor(pascal.email, 'Your email was changed');
    await page.context().clearCookies();
    await openPasswordPage(page);
    await givePassword(page, pascal);
    await expect(page.getByText('That email and password don’t match.')).toBeVisible();
    await givePassword(page, { ...pascal, email: newEmail });
    await expectHeading(page, 'Security');
    await page.goto('/account/profile');
    await expect(page.getByRole('main')).toContainText(newEmail);
    await expect(page.getByText('Confirmed', { exact: true })).toBeVisible();
  });
});

test('an email that somebody has is answered like any other, and nobody gets it', async ({ page, post, pascal, wren }) => {
  const links = () => post.mailTo(wren.email).filter(withLink('/confirm-email')).length;
  await post.waitFor(wren.email, withLink('/confirm-email'), 15_000);
  const before = links();
  await signIn(page, pascal);
  await askForChange(page, wren.email);
  await post.waitFor(pascal.email, 'Your email is being changed');
  expect(links()).toBe(before);
});
