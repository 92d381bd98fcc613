import { expect, type Page } from '@playwright/test';

/** What can be operated on this page, in the order it is written in, and which of it has the focus. */
const operable = () => {
  const all = document.querySelectorAll<HTMLElement>('a[href], button, input:not([type=hidden]), summary, select, textarea');
  const shown = Array.from(all).filter((control) => control.checkVisibility());
  return { controls: shown.map((control) => control.outerHTML), focused: shown.findIndex((control) => control === document.activeElement) };
};

/** Tab stops at everything that can be operated, in the order of reading. */
export async function expectReachable(page: Page): Promise<void> {
  const { controls } = await page.evaluate(operable);
  const reached: number[] = [];
  // Once around, from wherever the focus is; the browser's own furniture isn't ours to count.
  for (let stop = 0; stop <= controls.length; stop++) {
    await page.keyboard.press('Tab');
    const { focused } = await page.evaluate(operable);
    if (focused >= 0) {
      reached.push(focused);
    }
  }
  const top = reached.indexOf(0);
  const fromTheTop = [...reached.slice(top), ...reached.slice(0, top)];
  expect(fromTheTop.map((control) => controls[control])).toEqual(controls);
}
