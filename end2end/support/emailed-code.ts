import type { Page } from '@playwright/test';
import { answered } from './answered';
import { saveCodes } from './enrol';
import { codeIn, withCode } from './letters';
import type { Mailbox } from './mailbox';
import type { Member } from './people';
import { giveCode } from './second-step';
import { expectHeading } from './sign-in';

/** Takes the newest letter with a code, and reads it. */
export async function receiveCode(post: Mailbox, { email }: Pick<Member, 'email'>): Promise<string> {
  return codeIn(await post.waitFor(email, withCode));
}

/** A code that isn't this one. */
export function otherThan(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0');
}

/** From the choice of methods, with a confirmed email, to what follows once the first code is typed. */
export async function turnOnEmailedCode(page: Page, post: Mailbox, member: Member): Promise<void> {
  await chooseEmailedCode(page);
  await giveCode(page, await receiveCode(post, member));
}

/** Types the first code and presses the button: it sends itself only by script, and only the first time. */
export async function pressTurnOn(page: Page, code: string): Promise<void> {
  await page.getByLabel('6-digit code').fill(code);
  await page.getByRole('button', { name: 'Turn on' }).click();
}

/** From the choice of methods to the question for the first code. */
export async function chooseEmailedCode(page: Page): Promise<void> {
  await expectHeading(page, 'Choose your second step');
  await page.getByRole('radio', { name: /^Emailed code/ }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expectHeading(page, 'Check your email');
}

/** From the Security page of somebody without a second step to the same page with emailed codes; `atCodes` on the way. */
export async function setUpEmailedCode(page: Page, post: Mailbox, member: Member, atCodes?: () => Promise<void>): Promise<void> {
  await page.getByRole('link', { name: 'Set one up' }).click();
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await turnOnEmailedCode(page, post, member);
  await expectHeading(page, 'Save your backup codes');
  await atCodes?.();
  await saveCodes(page);
  await goToDesk(page);
}

/** The same, for somebody who has a second step. */
export async function addEmailedCode(page: Page, post: Mailbox, member: Member): Promise<void> {
  await page.getByRole('link', { name: 'Add a method' }).click();
  await turnOnEmailedCode(page, post, member);
  await goToDesk(page);
}

/** Asks for a code where none has been sent yet. */
export function sendCode(page: Page): Promise<void> {
  return answered(page, () => page.getByRole('button', { name: 'Send code', exact: true }).click());
}

/** From the end of the wizard to the Security page. */
export async function goToDesk(page: Page): Promise<void> {
  await expectHeading(page, 'You’re set up');
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await expectHeading(page, 'Security');
}
