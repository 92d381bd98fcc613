import { expect, test } from '../fixtures';
import { dialogOf, makeCode, openConsole, openMember } from '../support/console';
import { expectHeading, givePassword, openPasswordPage, signIn, startSecondStep } from '../support/sign-in';
import { failCodes } from '../support/second-step';

test.use({ allowedErrors: /40[139]|429/ });

test('a locked-out agent is back at work with a code from their supervisor', async ({ page, elsewhere, floor }) => {
  await startSecondStep(elsewhere, floor.wren);
  await failCodes(elsewhere, floor.wren.app, 5);
  await signIn(page, floor.ludo);
  await openConsole(page, 'Members');
  // Those of the own team, whoever needs help first.
  await expect(page.getByRole('table').getByRole('link')).toHaveText(['Wren Halloway', 'Pascal Oduya', 'Ludo Marchbank']);
  await openMember(page, 'Wren Halloway');
  await expect(page.getByText(/^Locked until \d\d:\d\d/)).toBeVisible();
  await expect(page.getByText(/5 wrong codes/)).toBeVisible();
  const code = await makeCode(page);
  expect(code).toMatch(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
  await page.getByRole('button', { name: 'Unlock now' }).click();
  await expect(page.getByText('On', { exact: true }).first()).toBeVisible();
  // It stays while the page does, and isn't shown again.
  await expect(page.getByText(new RegExp(`^${code}:`))).toBeAttached();
  await page.reload();
  await expect(page.getByText(new RegExp(`^${code}:`))).toHaveCount(0);
  await expect(page.getByText(/They have one, until/)).toBeVisible();

  await elsewhere.goto('/sign-in/step-2');
  await elsewhere.getByRole('link', { name: /^Temporary access code/ }).click();
  await expectHeading(elsewhere, 'Use a temporary access code');
  await elsewhere.getByRole('textbox', { name: 'Temporary access code' }).fill('aaaa aaaa');
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await expect(elsewhere.getByText('That code didn’t match. Check it with whoever gave it to you, then type it again.')).toBeVisible();
  await elsewhere.getByRole('textbox', { name: 'Temporary access code' }).fill(code.toLowerCase().replace('-', ' '));
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  // The next thing is set-up; it isn't forced.
  await expect(elsewhere.getByRole('link', { name: 'Set it up now' })).toBeVisible();
  await elsewhere.goto('/account/security');
  await expect(elsewhere.getByText(/^Used a temporary access code|^Signed in with a temporary access code/).first()).toBeVisible();
});

test('a number on two screens lets the one who reads it out back in, and nobody else', async ({ page, elsewhere, floor }) => {
  await startSecondStep(elsewhere, floor.wren);
  await elsewhere.goto('/sign-in/step-2');
  await elsewhere.getByRole('button', { name: 'Ask Ludo Marchbank for a code' }).click();
  await expectHeading(elsewhere, 'Ask Ludo Marchbank');
  const number = (await elsewhere.getByText(/^\d{3} \d{3}$/).textContent()) ?? '';
  await signIn(page, floor.ludo);
  await openConsole(page, 'Members');
  await page.getByRole('main').getByRole('listitem').getByRole('link', { name: 'Wren Halloway' }).click();
  await expectHeading(page, 'Wren Halloway');
  await page.getByRole('link', { name: 'type the number on their screen' }).click();
  const dialog = dialogOf(page);
  await expect(dialog.getByRole('radio', { name: 'They read me the number on their screen' })).toBeChecked();
  await dialog.getByRole('textbox', { name: 'Number on their screen' }).fill(number.startsWith('1') ? '200 000' : '100 000');
  await dialog.getByRole('button', { name: 'Make the code' }).click();
  await expect(dialog.getByText(/^That isn’t the number on their screen/)).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Number on their screen' }).fill(number);
  await dialog.getByRole('button', { name: 'Make the code' }).click();
  const code = (await page.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}:/).textContent())?.split(':')[0] ?? '';
  // The other screen says so by itself.
  await expect(elsewhere.getByText('You’ve been given a code.')).toBeVisible();
  await elsewhere.getByRole('button', { name: 'Type the code' }).click();
  await elsewhere.getByRole('textbox', { name: 'Temporary access code' }).fill(code);
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await expect(elsewhere.getByRole('link', { name: 'Set it up now' })).toBeVisible();
});

test('an account holder resets, moves, disables and enables somebody', async ({ page, elsewhere, floor }) => {
  await signIn(elsewhere, floor.wren);
  await signIn(page, floor.osric);
  await openConsole(page, 'Members');
  await page.getByRole('searchbox', { name: 'Name or email' }).fill('halloway');
  await page.getByRole('searchbox', { name: 'Name or email' }).press('Enter');
  await expect(page.getByRole('table').getByRole('link')).toHaveText(['Wren Halloway']);
  await openMember(page, 'Wren Halloway');
  const dialog = dialogOf(page);

  await page.getByRole('link', { name: 'Reset all' }).click();
  await dialog.getByRole('button', { name: 'Reset all for Wren' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Not set up').first()).toBeVisible();
  await elsewhere.getByRole('link', { name: 'Profile' }).click();
  await expectHeading(elsewhere, /^Sign in to/);

  await page.getByRole('link', { name: 'Change role and team' }).click();
  await dialog.getByLabel('Role').selectOption('Supervisor');
  await dialog.getByLabel('Team', { exact: true }).fill('Bookings');
  await dialog.getByLabel('Looks after').fill('no such team');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeVisible();
  await dialog.getByLabel('Looks after').fill('night desk');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Supervisor, Bookings.', { exact: false })).toBeVisible();

  await page.getByRole('link', { name: 'Disable Wren' }).click();
  await dialog.getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByText('Disabled').first()).toBeVisible();
  await openPasswordPage(elsewhere);
  await givePassword(elsewhere, floor.wren);
  await expect(elsewhere.getByText(/That email and password don’t match/)).toBeVisible();
  await page.getByRole('button', { name: 'Let them sign in again' }).click();
  await expect(page.getByText('Not set up').first()).toBeVisible();

  // What was done is in the log, with who did it.
  await openConsole(page, 'Audit log');
  const rows = page.getByRole('row');
  for (const sentence of ['Enabled Wren Halloway', 'Disabled Wren Halloway', 'Made Wren Halloway supervisor, Bookings', 'Reset every way to sign in of Wren Halloway']) {
    await expect(rows.filter({ hasText: sentence }).filter({ hasText: 'Osric Fenn' })).toHaveCount(1);
  }
  await page.getByRole('combobox', { name: 'What' }).selectOption('Help at the desk');
  await expect(rows.filter({ hasText: 'Signed in' })).toHaveCount(0);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export these entries' }).click();
  expect((await download).suggestedFilename()).toBe('countersign-audit-log.csv');

  // The sole account holder stays one.
  await openConsole(page, 'Members');
  await openMember(page, 'Osric Fenn');
  await page.getByRole('link', { name: 'Change role and team' }).click();
  await dialog.getByLabel('Role').selectOption('Agent');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('They’re the only account holder. Make someone else one first.')).toBeVisible();
});

test('an agent sees nothing of the organisation', async ({ page, floor }) => {
  await signIn(page, floor.pascal);
  await expect(page.getByRole('link', { name: 'Organisation', exact: true })).toHaveCount(0);
  for (const path of ['members', 'policy', 'rollout', 'audit']) {
    await page.goto(`/org/${path}`);
    await expectHeading(page, 'This isn’t yours to see.');
  }
});

test('what is shown of the members is saved as a file', async ({ page, floor }) => {
  await signIn(page, floor.ludo);
  await openConsole(page, 'Members');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  expect((await download).suggestedFilename()).toBe('countersign-members.csv');
  await expect(page.getByText('Downloaded 3 people.')).toBeVisible();
});

test('those who are chosen in the list are reminded, each once a day', async ({ page, floor }) => {
  await signIn(page, floor.osric);
  await openConsole(page, 'Members');
  const table = page.getByRole('table');
  // Only those who have something to set up.
  await expect(table.getByRole('checkbox')).toHaveCount(2);
  await page.getByRole('button', { name: 'Remind' }).click();
  await expect(page.getByText('Choose somebody to remind first.')).toBeVisible();
  await page.getByLabel('Second step').selectOption('Not set up');
  await expect(table.getByRole('link')).toHaveText(['Juniper Vance-Okoro', 'Pascal Oduya']);
  await table.getByRole('checkbox', { name: 'Select Pascal Oduya' }).check();
  await expect(page.getByText('1 chosen')).toBeVisible();
  await page.getByRole('button', { name: 'Remind' }).click();
  await expect(page.getByText('Reminded 1 person.')).toBeVisible();
  // The list is the one that was shown.
  await expect(table.getByRole('link')).toHaveText(['Juniper Vance-Okoro', 'Pascal Oduya']);
  await expect(page.getByText('1 chosen')).toHaveCount(0);
  // A tick is somebody's: it doesn't pass to whoever stands in their place.
  await table.getByRole('checkbox', { name: 'Select Juniper Vance-Okoro' }).check();
  await page.getByLabel('Team').selectOption('Night desk');
  await expect(table.getByRole('link')).toHaveText(['Pascal Oduya']);
  await expect(table.getByRole('checkbox', { name: 'Select Pascal Oduya' })).not.toBeChecked();
  await expect(page.getByText('1 chosen')).toHaveCount(0);
  // Enter is for the button.
  await table.getByRole('checkbox', { name: 'Select Pascal Oduya' }).press('Enter');
  await expect(page.getByText('Choose somebody to remind first.')).toHaveCount(0);
  await page.getByLabel('Team').selectOption('All');
  await expect(table.getByRole('link')).toHaveText(['Juniper Vance-Okoro', 'Pascal Oduya']);
  await table.getByRole('checkbox', { name: 'Select Pascal Oduya' }).check();
  await page.getByRole('button', { name: 'Remind' }).click();
  await expect(page.getByText('They were reminded within the last day already.')).toBeVisible();
  await expect(page.getByText('Reminded 1 person.')).toHaveCount(0);
  await table.getByRole('checkbox', { name: 'Select Juniper Vance-Okoro' }).check();
  await page.getByRole('button', { name: 'Remind' }).click();
  await expect(page.getByText('Reminded 1 person. 1 was reminded within the last day already.')).toBeVisible();
  await openMember(page, 'Pascal Oduya');
  await page.getByRole('button', { name: 'Remind' }).click();
  await expect(page.getByText('They were reminded within the last day already.')).toBeVisible();
});
