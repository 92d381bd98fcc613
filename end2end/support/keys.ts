import type { Page } from '@playwright/test';
import { saveCodes } from './enrol';
import { expectHeading } from './sign-in';

/** From the choice of methods to a connected key under `name`, which it is given if there is one. */
export async function connectKey(page: Page, name?: string): Promise<void> {
  await expectHeading(page, 'Choose your second step');
  await page.getByRole('radio', { name: /^Security key/ }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expectHeading(page, 'Connect your security key');
  await page.getByRole('button', { name: 'Use my key' }).click();
  await nameIt(page, 'Connect key', name);
}

/** The same, with a passkey. */
export async function createPasskey(page: Page, name?: string): Promise<void> {
  await expectHeading(page, 'Choose your second step');
  await page.getByRole('radio', { name: /^Passkey on this computer/ }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await makePasskey(page, name);
}

/** From the page that creates a passkey to one that is connected. */
export async function makePasskey(page: Page, name?: string): Promise<void> {
  await expectHeading(page, 'Create your passkey');
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await nameIt(page, 'Connect passkey', name);
}

async function nameIt(page: Page, button: string, name?: string): Promise<void> {
  if (name) {
    await page.getByLabel('Name').fill(name);
  }
  await page.getByRole('button', { name: button }).click();
}

/** From the Security page of somebody without a second step to the same page with a key; `atCodes` on the way. */
export async function setUpKey(page: Page, name?: string, atCodes?: () => Promise<void>): Promise<void> {
  await page.getByRole('link', { name: 'Set one up' }).click();
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await connectKey(page, name);
  await finish(page, atCodes);
}

/** The same, with a passkey. */
export async function setUpPasskey(page: Page, name?: string): Promise<void> {
  await page.getByRole('link', { name: 'Set one up' }).click();
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await createPasskey(page, name);
  await finish(page);
}

async function finish(page: Page, atCodes?: () => Promise<void>): Promise<void> {
  await expectHeading(page, 'Save your backup codes');
  await atCodes?.();
  await saveCodes(page);
  await expectHeading(page, 'You’re set up');
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await expectHeading(page, 'Security');
}
