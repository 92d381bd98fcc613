import { expect, type Page } from '@playwright/test';
import { answered } from './answered';
import { linkIn, withLink } from './letters';
import type { Mailbox } from './mailbox';
import type { Member } from './people';
import { expectHeading } from './sign-in';

/** Has the link sent to whoever is signed in, and takes it. */
export async function receiveConfirmLink(page: Page, post: Mailbox, { email }: Pick<Member, 'email'>): Promise<string> {
  await page.goto('/account/profile');
  await expect(page.getByText('Not confirmed', { exact: true })).toBeVisible();
  // The first one went when the account was made; the next one ends it.
  await post.waitFor(email, withLink('/confirm-email'), 15_000);
  await answered(page, () => page.getByRole('button', { name: 'Send the link again' }).click());
  return linkIn(await post.waitFor(email, withLink('/confirm-email')), '/confirm-email');
}

/** Opens the link and says yes: opening alone does nothing, as programs open links too. */
export async function confirmWith(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await expectHeading(page, 'Confirm your email');
  await page.getByRole('button', { name: 'Confirm email' }).click();
  await expectHeading(page, 'Your email is confirmed');
}

/** From any page of whoever is signed in to their Security page, with a confirmed email. */
export async function confirmEmail(page: Page, post: Mailbox, member: Member): Promise<void> {
  await confirmWith(page, await receiveConfirmLink(page, post, member));
  await page.goto('/account/security');
  await expectHeading(page, 'Security');
}
