import type { Page } from '@playwright/test';
import { askToRequire, dialogOf, makeCode, openMember } from './console';
import type { Floor } from './floor';
import { lookAtList } from './invite';
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
  await lookAtList(page, `mika.thornfield@example.com,Mika Thornfield,account holder,Web chat\n${floor.wren.email}\nnobody`);
  await page.getByRole('heading', { level: 1, name: 'Invite 1 person?' }).waitFor();
  await look('an invitation, reviewed');
  await page.getByRole('button', { name: 'Invite 1 person' }).click();
  await page.getByText('2 lines can’t be used', { exact: false }).last().waitFor();
  await look('an invitation, refused');
  await page.getByRole('link', { name: 'Change the list' }).click();
  await page.getByRole('heading', { level: 1, name: 'Invite people' }).waitFor();
  await look('invite people');
  await page.getByRole('textbox', { name: 'People' }).fill('mika.thornfield@example.com');
  await page.getByRole('button', { name: 'Look at the list' }).click();
  await page.getByRole('button', { name: 'Invite 1 person' }).click();
  await page.getByRole('table').getByRole('link', { name: 'mika.thornfield@example.com' }).click();
  await page.getByRole('heading', { level: 1, name: 'mika.thornfield@example.com' }).waitFor();
  await look('an invitation');
  await page.getByRole('link', { name: 'Withdraw the invitation of mika.thornfield@example.com' }).click();
  await dialogOf(page).getByRole('heading').waitFor();
  await look('withdraw it?');
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
