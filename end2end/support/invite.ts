import type { Page } from '@playwright/test';
import { linkIn, withLink } from './letters';
import type { Mailbox } from './mailbox';
import { expectHeading } from './sign-in';

/** Types a list on the page that invites people, and looks at what it comes to. */
export async function lookAtList(page: Page, people: string): Promise<void> {
  await page.goto('/org/members');
  await page.getByRole('link', { name: 'Invite people' }).click();
  await expectHeading(page, 'Invite people');
  await page.getByRole('textbox', { name: 'People' }).fill(people);
  await page.getByRole('button', { name: 'Look at the list' }).click();
}

/** Invites everybody on a list that has nothing wrong with it. */
export async function invite(page: Page, people: string): Promise<void> {
  await lookAtList(page, people);
  await expectHeading(page, /^Invite .+\?$/);
  await page.getByRole('button', { name: /^Invite \d+ (person|people)$/ }).click();
  await expectHeading(page, 'Members');
}

/** The link in somebody's invitation. */
export async function receiveInvitation(post: Mailbox, email: string): Promise<string> {
  return linkIn(await post.waitFor(email, withLink('/join')), '/join');
}
