import type { Page } from '@playwright/test';
import { askToRequire, dialogOf, makeCode, openConsole, openMember } from './console';
import type { Floor } from './floor';
import { signIn } from './sign-in';

/** What is done at each screen. */
type Look = (screen: string) => Promise<void>;

/** Past every screen of the console. */
export async function consoleJourney(page: Page, floor: Floor, look: Look): Promise<void> {
  await signIn(page, floor.osric);
  for (const [path, heading] of [['rollout', 'Rollout'], ['members', 'Members'], ['audit', 'Audit log'], ['policy', 'Policy']] as const) {
    await page.goto(`/org/${path}`);
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    await look(heading);
  }
  await askToRequire(page);
  await look('require it?');
  await page.keyboard.press('Escape');
  await page.goto('/org/members?q=nobody-at-all');
  await page.getByRole('region', { name: 'Members' }).getByText('Nobody matches.').waitFor();
  await look('nobody matches');
  await page.goto('/org/members');
  await openMember(page, floor.wren.name);
  await look('a member');
  for (const name of ['Give a temporary access code', 'Reset all', 'Change role and team', 'Disable Wren']) {
    await page.getByRole('link', { name, exact: true }).click();
    await dialogOf(page).getByRole('heading').waitFor();
    await look(name);
    await page.keyboard.press('Escape');
    await dialogOf(page).waitFor({ state: 'hidden' });
  }
  await makeCode(page);
  await look('a temporary access code');
}
