import { expect, type Page } from '@playwright/test';

/** Nothing is wider than the screen, and everything to press is as tall as a finger needs (48 px). */
export async function expectFits(page: Page, screen: string): Promise<void> {
  const { wide, small } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const controls = Array.from(document.querySelectorAll<HTMLElement>('main .btn.lg, main input:not([type=hidden], [type=checkbox], [type=radio])'));
    const shown = controls.filter((control) => control.checkVisibility());
    return {
      wide: scrollWidth - clientWidth,
      small: shown.filter((control) => control.getBoundingClientRect().height < 48).map((control) => control.outerHTML),
    };
  });
  expect.soft(wide, `${screen}: pixels that have to be scrolled sideways`).toBe(0);
  expect.soft(small, `${screen}: controls under 48 px`).toEqual([]);
}
