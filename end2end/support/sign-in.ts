import { expect, type Page } from '@playwright/test';
import type { Enrolled, Member } from './people';

/** Opens a page that asks for a password, and waits until its script runs. */
export async function openPasswordPage(page: Page, path = '/sign-in'): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole('button', { name: 'Show password' })).toBeVisible();
}

/** Fills in the first sign and sends it. */
export async function givePassword(page: Page, { email, password }: Pick<Member, 'email' | 'password'>): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** From the sign-in page to the question for a code. */
export async function startSecondStep(page: Page, member: Enrolled): Promise<void> {
  await openPasswordPage(page);
  await givePassword(page, member);
  await expectHeading(page, 'Enter the code from your app');
}

/** All the way in, with the password alone or with the app too. */
export async function signIn(page: Page, member: Member | Enrolled): Promise<void> {
  await openPasswordPage(page);
  await givePassword(page, member);
  if ('app' in member) {
    await page.getByLabel('6-digit code').fill(await member.app.code());
  }
  await expectHeading(page, 'Security');
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expectHeading(page, /^Sign in to/);
}

/** The page whose heading this is has come. */
export async function expectHeading(page: Page, name: string | RegExp): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible();
}
