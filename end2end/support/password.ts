import type { Page } from '@playwright/test';
import { linkIn, withLink } from './letters';
import type { Mailbox } from './mailbox';
import { expectHeading } from './sign-in';

/** What people choose in these tests when they choose again. */
export const newPassword = 'heron-lantern-forty-two';

/** Asks for a link to choose a new password, and is told the same whoever asks. */
export async function askForLink(page: Page, email: string): Promise<void> {
  await page.goto('/forgot');
  await expectHeading(page, 'Reset your password');
  await sendLink(page, email);
}

/** The same, on the page that asks whose password it is. */
export async function sendLink(page: Page, email: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Send link' }).click();
  await expectHeading(page, 'Check your email');
}

/** Takes the newest link to choose a new password. */
export async function receiveResetLink(post: Mailbox, email: string): Promise<string> {
  return linkIn(await post.waitFor(email, withLink('/reset-password')), '/reset-password');
}

/** On the page of a link, up to the word that it is done. */
export async function choosePassword(page: Page, password = newPassword): Promise<void> {
  await expectHeading(page, 'Choose a new password');
  await page.getByLabel('New password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Save password' }).click();
  await expectHeading(page, 'Your password is changed');
}

/** From the sign-in page to a password chosen with a mailed link. */
export async function resetPassword(page: Page, post: Mailbox, email: string): Promise<void> {
  await askForLink(page, email);
  await page.goto(await receiveResetLink(post, email));
  await choosePassword(page);
}
