import type { Page } from '@playwright/test';
import { answered } from './answered';
import { expectHeading } from './sign-in';

/** Asks for another email, whose owner has to confirm it. */
export async function askForChange(page: Page, email: string): Promise<void> {
  await page.goto('/account/profile');
  await page.getByRole('link', { name: 'Change email' }).click();
  await expectHeading(page, 'Change your email');
  await page.getByLabel('New email', { exact: true }).fill(email);
  await answered(page, () => page.getByRole('button', { name: 'Send link' }).click());
}
