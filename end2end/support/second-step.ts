import type { Page } from '@playwright/test';
import { answered } from './answered';
import type { Authenticator } from './authenticator';
import { expectHeading } from './sign-in';

/** Types an app's code. The first one that is complete sends itself. */
export function giveCode(page: Page, code: string): Promise<void> {
  return answered(page, () => page.getByLabel('6-digit code').fill(code));
}

/** Types a code after a refusal, when nothing is sent by itself any more. */
export function retryCode(page: Page, code: string): Promise<void> {
  return answered(page, async () => {
    await page.getByLabel('6-digit code').fill(code);
    await page.getByRole('button', { name: 'Sign in' }).click();
  });
}

/** Types `count` different codes that don't match. */
export async function failCodes(page: Page, app: Authenticator, count: number): Promise<void> {
  await giveCode(page, await app.wrongCode());
  for (let n = 1; n < count; n++) {
    await retryCode(page, await app.wrongCode(n));
  }
}

/** From the question for an app's code to the one for a backup code. */
export async function chooseBackupCode(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try another way' }).click();
  await page.getByRole('link', { name: /^Backup code/ }).click();
  await expectHeading(page, 'Use a backup code');
}

export async function giveBackupCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Backup code').fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
