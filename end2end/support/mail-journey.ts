import type { Page } from '@playwright/test';
import { receiveConfirmLink } from './confirm-email';
import { chooseEmailedCode, goToDesk, otherThan, receiveCode } from './emailed-code';
import { saveCodes } from './enrol';
import { linkIn, withLink } from './letters';
import type { Mailbox } from './mailbox';
import type { Message } from './message';
import { choosePassword, receiveResetLink, sendLink } from './password';
import type { Member } from './people';
import { chooseRecoveryKey, giveRecoveryKey, readRecoveryKey, saveNewKey } from './recovery-key';
import { giveCode } from './second-step';
import { expectHeading, givePassword, openPasswordPage, signIn, signOut } from './sign-in';

/** What is done at each screen. */
type Look = (screen: string) => Promise<void>;

/** Past the screens that lead to a mail, and those that a mail leads to. */
export async function mailJourney(page: Page, post: Mailbox, pascal: Member, look: Look): Promise<void> {
  await signIn(page, pascal);
  await page.goto(await receiveConfirmLink(page, post, pascal));
  await expectHeading(page, 'Confirm your email');
  await look('confirm email');
  await page.getByRole('button', { name: 'Confirm email' }).click();
  await expectHeading(page, 'Your email is confirmed');
  await look('email confirmed');

  const recoveryKey = await turnOn(page, post, pascal, look);
  await account(page, look);
  await signOut(page);

  await openPasswordPage(page);
  await givePassword(page, pascal);
  await expectHeading(page, 'Check your email');
  await look('emailed code');
  await giveCode(page, otherThan(await receiveCode(post, pascal)));
  await page.getByText('That code didn’t match.').waitFor();
  await look('emailed code, refused');
  await chooseRecoveryKey(page);
  await look('recovery key');
  await giveRecoveryKey(page, recoveryKey);
  await expectHeading(page, 'Save your new recovery key');
  await look('new recovery key');
  await saveNewKey(page);
  await signOut(page);

  await newPassword(page, post, pascal, look);
  // The links of notices before it ended with the old password.
  const isOfNewPassword = (mail: Message) => withLink('/not-me')(mail) && /new\s+password\s+was\s+chosen/.test(mail.text);
  await page.goto(linkIn(await post.waitFor(pascal.email, isOfNewPassword), '/not-me'));
  await expectHeading(page, 'Wasn’t it you?');
  await look('wasn’t it you');
}

/** Emailed codes, from the Security page back to it; the recovery key. */
async function turnOn(page: Page, post: Mailbox, pascal: Member, look: Look): Promise<string> {
  await page.goto('/account/security');
  await page.getByRole('link', { name: 'Set one up' }).click();
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await chooseEmailedCode(page);
  await look('turning emailed codes on');
  await giveCode(page, await receiveCode(post, pascal));
  await expectHeading(page, 'Save your backup codes');
  await look('codes and recovery key');
  const recoveryKey = await readRecoveryKey(page);
  await saveCodes(page);
  await goToDesk(page);
  await look('security with emailed codes');
  return recoveryKey;
}

async function account(page: Page, look: Look): Promise<void> {
  for (const dialog of ['Create a new key', 'This wasn’t me']) {
    await page.getByRole('link', { name: dialog }).first().click();
    await page.getByRole('dialog').getByRole('heading').waitFor();
    await look(dialog);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  }
  for (const [path, heading] of [['profile', 'Profile'], ['password', 'Change your password'], ['email', 'Change your email']] as const) {
    await page.goto(`/account/${path}`);
    await expectHeading(page, heading);
    await look(heading);
  }
}

async function newPassword(page: Page, post: Mailbox, pascal: Member, look: Look): Promise<void> {
  await page.goto('/forgot');
  await expectHeading(page, 'Reset your password');
  await look('reset your password');
  await sendLink(page, pascal.email);
  await look('link sent');
  const link = await receiveResetLink(post, pascal.email);
  await page.goto(link);
  await expectHeading(page, 'Choose a new password');
  await look('choose a new password');
  await choosePassword(page);
  await look('password changed');
  await page.goto(link);
  await expectHeading(page, 'This link has ended');
  await look('link ended');
}
