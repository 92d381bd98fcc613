import { expect, type Page } from '@playwright/test';

/** Does what sends a form, and waits until the page has taken the answer in. */
export async function answered(page: Page, act: () => Promise<unknown>): Promise<void> {
  const answer = page.waitForResponse((response) => response.request().method() === 'POST');
  await act();
  await answer;
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
}
