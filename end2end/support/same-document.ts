import { expect, type Page } from '@playwright/test';

declare global {
  interface Window {
    isSameDocument?: boolean;
  }
}

/** Marks the document; the answer fails once it has been loaded anew. */
export async function sameDocument(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => {
    window.isSameDocument = true;
  });
  return async () => expect(await page.evaluate(() => window.isSameDocument), 'the document was loaded anew').toBe(true);
}
