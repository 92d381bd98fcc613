import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** No violation on this screen, in either theme. */
export async function expectAccessible(page: Page, screen: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    // Without movement: a colour half-way between two is nobody's.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // The first frame starts the changes of colour, and the second one ends them.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    // Legacy mode leaves frames out, and our pages have none: it spares a page to sum them up in.
    // A bar that sticks to the lower edge covers half a box or another, wherever the page stands. At its end it covers none.
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    const { violations } = await new AxeBuilder({ page }).withTags(tags).setLegacyMode().analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
    expect.soft(found, `${screen}, ${colorScheme}`).toEqual([]);
  }
}
