import { expect, type Page } from '@playwright/test';
import { answered } from './answered';
import { connectApp, openAppPage, readKey, saveCodes } from './enrol';
import { readCodes } from './backup-codes';
import type { Enrolled, Member } from './people';
import { expectHeading } from './sign-in';

/** Thirty characters in groups of five; the alphabet is that of backup codes. */
const form = /^[2-9A-HJKMNP-RTV-Z]{5}(-[2-9A-HJKMNP-RTV-Z]{5}){5}$/;

/** Somebody with an app, backup codes and a recovery key. */
export interface Prepared extends Enrolled {
  recoveryKey: string;
}

/** From the Security page of somebody with a password only to the same page with an app. */
export async function setUpApp(page: Page, member: Member): Promise<Prepared> {
  await page.getByRole('link', { name: 'Set one up' }).click();
  await openAppPage(page);
  const app = await readKey(page);
  await connectApp(page, app);
  await expectHeading(page, 'Save your backup codes');
  const prepared = { ...member, app, backupCodes: await readCodes(page), recoveryKey: await readRecoveryKey(page) };
  await saveCodes(page);
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await expectHeading(page, 'Security');
  return prepared;
}

/** The key on the screen. */
export async function readRecoveryKey(page: Page): Promise<string> {
  const shown = page.getByRole('main').getByText(form).filter({ visible: true });
  await expect(shown).toHaveCount(1);
  return (await shown.innerText()).trim();
}

/** From the question for a code to the one for the recovery key. */
export async function chooseRecoveryKey(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try another way' }).click();
  await page.getByRole('link', { name: /^Recovery key/ }).click();
  await expectHeading(page, 'Use your recovery key');
}

export async function giveRecoveryKey(page: Page, key: string): Promise<void> {
  await page.getByLabel('Recovery key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Reads the key that took another one's place, and says that it is saved. */
export async function saveNewKey(page: Page): Promise<string> {
  await expectHeading(page, 'Save your new recovery key');
  const key = await readRecoveryKey(page);
  await page.getByRole('checkbox', { name: /^I’ve saved/ }).check();
  await answered(page, () => page.getByRole('button', { name: 'Continue' }).click());
  await expectHeading(page, 'Security');
  return key;
}
