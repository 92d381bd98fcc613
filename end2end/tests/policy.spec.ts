import { expect, test } from '../fixtures';
import { askToRequire, dialogOf, openConsole } from '../support/console';
import { openAppPage, readKey, connectApp, saveCodes } from '../support/enrol';
import { expectHeading, givePassword, openPasswordPage, signIn } from '../support/sign-in';

// What is refused, and a session that was ended, are answered as what they are.
test.use({ allowedErrors: /40[139]|422/ });

test('requiring a second step now counts people, signs out those who have none, and leads them through the wizard', async ({
  page,
  elsewhere,
  floor,
}) => {
  await signIn(elsewhere, floor.pascal);
  await signIn(page, floor.osric);
  await openConsole(page, 'Policy');
  await expect(page.getByText('Everything is saved')).toBeVisible();
  await expect(page.getByText('1 person signed in now has no second step')).toBeVisible();
  await page.getByRole('switch', { name: 'Require two-factor authentication' }).check();
  await expect(page.getByText('On, not saved')).toBeVisible();
  await expect(page.getByText('1 change not saved')).toBeVisible();
  await page.getByRole('button', { name: 'Save', exact: true }).click();

  const dialog = dialogOf(page);
  await expect(dialog.getByRole('heading', { name: 'Require two-factor authentication?' })).toBeFocused();
  await expect(dialog.getByText('Night desk 1')).toBeVisible();
  // One more comes in while this is read: the number that was agreed to isn't the number any more.
  const third = await elsewhere.context().browser()?.newContext();
  if (!third) {
    throw new Error('no third browser');
  }
  const junipers = await third.newPage();
  await openPasswordPage(junipers, new URL('/sign-in', page.url()).href);
  await givePassword(junipers, floor.juniper);
  await expectHeading(junipers, 'Security');

  await dialog.getByRole('button', { name: 'Save and sign out 1 person' }).click();
  await expect(dialog.getByText('Now 2 people would be signed out. Look again, then save.')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Save and sign out 2 people' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Save and sign out 2 people' }).click();
  await expect(dialog.getByText('Tick “I understand” first.')).toBeVisible();
  await dialog.getByRole('checkbox', { name: /^I understand/ }).check();
  await dialog.getByRole('button', { name: 'Save and sign out 2 people' }).click();
  await expect(page.getByText('Saved. 2 people were signed out.')).toBeVisible();
  await third.close();

  // At once: the next thing they do leads to the sign-in page, which says why.
  await elsewhere.getByRole('link', { name: 'Profile' }).click();
  await expectHeading(elsewhere, /^Sign in to/);
  await expect(
    elsewhere.getByText('Quillbrook Support now requires a second step, so you were signed out. Sign in to set one up.'),
  ).toBeVisible();
  await givePassword(elsewhere, floor.pascal);
  await expectHeading(elsewhere, 'Your organisation now asks for a second step');
  await elsewhere.goto('/account/security');
  await expectHeading(elsewhere, 'Your organisation now asks for a second step');
  await openAppPage(elsewhere);
  await connectApp(elsewhere, await readKey(elsewhere));
  await saveCodes(elsewhere);
  await expectHeading(elsewhere, 'You’re set up');
});

test('a deadline is announced, reminds at sign-in, and is no wall until it is there', async ({ page, elsewhere, floor }) => {
  await signIn(page, floor.osric);
  await openConsole(page, 'Policy');
  await page.getByRole('switch', { name: 'Require two-factor authentication' }).check();
  await page.getByRole('radio', { name: 'By a deadline' }).check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText(/Fill this in|Type a date|day and time/).first()).toBeVisible();
  const inAWeek = new Date(Date.now() + 8 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  await page.getByLabel('Deadline', { exact: true }).fill(`${inAWeek}T09:00`);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialogOf(page).getByRole('heading', { name: /^Require it by/ })).toBeVisible();
  await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved.', { exact: true })).toBeVisible();

  await openPasswordPage(elsewhere);
  await givePassword(elsewhere, floor.pascal);
  await expect(elsewhere.getByRole('link', { name: 'Set it up now' })).toBeVisible();
  await elsewhere.getByRole('link', { name: 'Remind me next time' }).click();
  await expectHeading(elsewhere, 'Security');
  await expect(elsewhere.getByText(/^Set up a second step by .* 09:00\./)).toBeVisible();

  await openConsole(page, 'Rollout');
  await expect(page.getByText('of 5 people are set up', { exact: false }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Remind 1 person in Night desk' }).click();
  await expect(page.getByText('Reminded 1 person.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Remind 1 person in Night desk' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Remind 1 person', exact: true }).click();
  await expect(page.getByText('Reminded 1 person.')).toBeVisible();
});

test('switching a method off names who has only that one, and Discard changes nothing', async ({ page, floor }) => {
  await signIn(page, floor.osric);
  await openConsole(page, 'Policy');
  await page.getByRole('checkbox', { name: 'Authenticator app' }).uncheck();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = dialogOf(page);
  await expect(dialog.getByText('Ludo Marchbank')).toBeVisible();
  await dialog.getByRole('link', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('link', { name: 'Discard' }).click();
  await expect(page.getByRole('checkbox', { name: 'Authenticator app' })).toBeChecked();
  await expect(page.getByText('Everything is saved')).toBeVisible();
  // Nobody can save what would shut them out.
  await page.getByRole('checkbox', { name: 'Authenticator app' }).uncheck();
  await askToRequire(page);
  const understood = dialog.getByRole('checkbox', { name: /^I understand/ });
  if (await understood.isVisible()) {
    await understood.check();
  }
  await dialog.getByRole('button', { name: /^Save/ }).click();
  await expect(dialog.getByText('Set up your own second step first.')).toBeVisible();
});
