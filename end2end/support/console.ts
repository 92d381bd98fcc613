import { expect, type Locator, type Page } from '@playwright/test';
import { answered } from './answered';
import { expectHeading } from './sign-in';

/** Opens one of the console's pages from its navigation. */
export async function openConsole(page: Page, name: 'Rollout' | 'Members' | 'Policy' | 'Single sign-on' | 'Audit log'): Promise<void> {
  const nav = page.getByRole('navigation', { name: 'Organisation' });
  if (!(await nav.isVisible())) {
    await page.getByRole('link', { name: 'Organisation', exact: true }).click();
  }
  await nav.getByRole('link', { name, exact: true }).click();
  await expectHeading(page, name);
}

/** Opens somebody's page from the list. */
export async function openMember(page: Page, name: string): Promise<void> {
  await page.getByRole('table').getByRole('link', { name }).click();
  await expectHeading(page, name);
}

/** The dialog that is open. */
export function dialogOf(page: Page): Locator {
  return page.getByRole('dialog');
}

/** Turns the requirement on, from the Policy page, and asks to save it. */
export async function askToRequire(page: Page): Promise<void> {
  await page.getByRole('switch', { name: 'Require two-factor authentication' }).check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialogOf(page)).toBeVisible();
}

/** Makes a temporary access code on somebody's page, and reads it. */
export async function makeCode(page: Page): Promise<string> {
  await page.getByRole('link', { name: 'Give a temporary access code' }).click();
  await page.getByRole('radio', { name: 'They’re here in person' }).check();
  await answered(page, () => page.getByRole('button', { name: 'Make the code' }).click());
  return (await page.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}:/).textContent())?.split(':')[0] ?? '';
}
