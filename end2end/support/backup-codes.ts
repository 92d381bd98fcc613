import { expect, type Page } from '@playwright/test';

/** A set; the alphabet leaves out what is mistaken for something else. */
const size = 15;
const form = /^[2-9A-HJKMNP-RTV-Z]{4}-[2-9A-HJKMNP-RTV-Z]{4}$/;

/** The codes on the screen, of which there are fifteen different ones. */
export async function readCodes(page: Page): Promise<string[]> {
  const shown = page.getByRole('main').getByRole('listitem').filter({ hasText: form, visible: true });
  await expect(shown).toHaveCount(size);
  const codes = await shown.allInnerTexts();
  expect(new Set(codes).size).toBe(size);
  return codes;
}
