import { expect, test } from '../fixtures/mail';
import { askToRequire, dialogOf, openConsole } from '../support/console';
import { chooseApp, connectApp, readKey, saveCodes } from '../support/enrol';
import { invite, lookAtList, receiveInvitation } from '../support/invite';
import { makePasskey } from '../support/keys';
import { newPassword } from '../support/password';
import { expectHeading, givePassword, openPasswordPage, signIn } from '../support/sign-in';
import { VirtualKey, withoutAutofill } from '../support/virtual-key';

const mika = 'mika.thornfield@example.com';
const bram = 'bram.teague@example.com';

test.use({ allowedErrors: /4(09|10|22|29)/ });

test('somebody who is invited joins, and sets up the second step that is required', async ({ page, elsewhere, floor, post }) => {
  await signIn(page, floor.osric);
  await openConsole(page, 'Policy');
  await askToRequire(page);
  await dialogOf(page).getByRole('button', { name: /^Save/ }).click();
  await expect(page.getByText('Saved.', { exact: true })).toBeVisible();

  // A line with something wrong keeps everybody back until that is said.
  await lookAtList(page, `email;name;team\n${mika};Mika Thornfield;Web chat\n${floor.wren.email}\nnobody`);
  await expectHeading(page, 'Invite 1 person?');
  const bad = page.getByRole('region', { name: 'Lines that can’t be used' });
  await expect(bad.getByRole('row')).toContainText(['Line', 'Line 3', 'Line 4']);
  await expect(bad.getByText('They’re a member already.')).toBeVisible();
  await expect(page.getByText('1 new team will be made: Web chat.')).toBeVisible();
  await page.getByRole('button', { name: 'Invite 1 person' }).click();
  await expect(page.getByText('2 lines can’t be used. Correct them, or tick “Leave out”.')).toBeVisible();
  await page.getByRole('checkbox', { name: /^Leave out/ }).check();
  await page.getByRole('button', { name: 'Invite 1 person' }).click();
  await expectHeading(page, 'Members');
  await expect(page.getByText('They’re invited. Their emails are on their way.')).toBeVisible();
  const row = page.getByRole('row').filter({ hasText: mika });
  await expect(row).toContainText('Invited');

  await elsewhere.goto(await receiveInvitation(post, mika));
  await expectHeading(elsewhere, 'Join Quillbrook Support');
  await expect(elsewhere.getByText('Osric Fenn invited you to the Web chat team as an agent.')).toBeVisible();
  await expect(elsewhere.getByLabel('Email')).toHaveValue(mika);
  await expect(elsewhere.getByLabel('Email')).not.toBeEditable();
  await expect(elsewhere.getByLabel('Your name')).toHaveValue('Mika Thornfield');
  await elsewhere.getByLabel('Choose a password').fill('mika.thornfield');
  await elsewhere.getByRole('button', { name: 'Join and set up your second step' }).click();
  await expect(elsewhere.getByLabel('Choose a password')).toHaveAttribute('aria-invalid', 'true');
  await elsewhere.getByLabel('Choose a password').fill(newPassword);
  await elsewhere.getByRole('button', { name: 'Join and set up your second step' }).click();
  await expect(elsewhere.getByRole('link', { name: 'Set it up now' })).toBeVisible();
  await elsewhere.getByRole('link', { name: 'Set it up now' }).click();
  await chooseApp(elsewhere);
  await connectApp(elsewhere, await readKey(elsewhere));
  await saveCodes(elsewhere);
  await expectHeading(elsewhere, /You’re|set up/i);

  await page.reload();
  await expect(page.getByRole('table')).toHaveCount(0);
  await page.goto('/org/members?q=mika');
  await expect(row).toContainText('Web chat');
  await expect(row).toContainText('On');
});

test('an invitation can be sent again and taken back, and its link says so', async ({ page, elsewhere, floor, post }) => {
  await signIn(page, floor.osric);
  await invite(page, bram);
  const link = await receiveInvitation(post, bram);
  await page.getByRole('table').getByRole('link', { name: bram }).click();
  await expectHeading(page, bram);
  await page.getByRole('button', { name: `Send again to ${bram}` }).click();
  await expect(page.getByText(/^You can send a new one at \d\d:\d\d/)).toBeVisible();
  await page.getByRole('link', { name: `Withdraw the invitation of ${bram}` }).click();
  await dialogOf(page).getByRole('button', { name: 'Withdraw' }).click();
  await expectHeading(page, 'Members');
  await expect(page.getByText('The invitation was withdrawn. Its link no longer works.')).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: bram })).toHaveCount(0);
  await elsewhere.goto(link);
  await expectHeading(elsewhere, 'This link has ended');
  await openConsole(page, 'Audit log');
  for (const sentence of [`Invited ${bram} as agent`, `Withdrew the invitation of ${bram}`]) {
    await expect(page.getByRole('row').filter({ hasText: sentence }).filter({ hasText: 'Osric Fenn' })).toHaveCount(1);
  }
});

test('somebody joins with a passkey, and has no password to lose', async ({ page, elsewhere, floor, post }) => {
  await signIn(page, floor.osric);
  await invite(page, `${mika},Mika Thornfield`);
  await withoutAutofill(elsewhere);
  await VirtualKey.plugIn(elsewhere, 'internal');
  await elsewhere.goto(await receiveInvitation(post, mika));
  await elsewhere.getByRole('button', { name: 'join with a passkey' }).click();
  await makePasskey(elsewhere);
  await saveCodes(elsewhere);
  await elsewhere.goto('/account/security');
  await expectHeading(elsewhere, 'Security');
  await elsewhere.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await expectHeading(elsewhere, /^Sign in to/);
  await elsewhere.getByRole('button', { name: 'Use a passkey' }).click();
  await expectHeading(elsewhere, 'Security');
});

test('a file of hundreds is opened, sent, and followed to its end', async ({ page, floor, post }) => {
  await signIn(page, floor.osric);
  await openConsole(page, 'Members');
  await page.getByRole('link', { name: 'Invite people' }).click();
  const lines = Array.from({ length: 400 }, (_, n) => `worker${n}@example.com,Worker ${n},agent,Night desk`);
  await page.getByLabel('Or open a CSV file').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\r\n')) });
  await expect(page.getByText('400 lines opened.', { exact: false })).toBeVisible();
  await page.getByRole('button', { name: 'Look at the list' }).click();
  await expectHeading(page, 'Invite 400 people?');
  await page.getByRole('button', { name: 'Invite 400 people' }).click();
  await expectHeading(page, 'Members');
  await expect(page.getByText('5 people in 2 teams, 400 invited.')).toBeVisible();
  await receiveInvitation(post, 'worker399@example.com');
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page.getByText('25 of 405 people', { exact: false }).last()).toBeVisible();
});

test('whoever joined meanwhile signs in with what they chose', async ({ page, elsewhere, floor, post }) => {
  await signIn(page, floor.osric);
  await invite(page, mika);
  const link = await receiveInvitation(post, mika);
  await elsewhere.goto(link);
  await elsewhere.getByLabel('Your name').fill('Mika');
  await elsewhere.getByLabel('Choose a password').fill(newPassword);
  await elsewhere.getByRole('button', { name: 'Join Quillbrook Support' }).click();
  await expectHeading(elsewhere, 'Security');
  // The same link in another tab leads nowhere; the password does.
  await page.context().clearCookies();
  await page.goto(link);
  await expectHeading(page, 'This link has ended');
  await openPasswordPage(page);
  await givePassword(page, { email: mika, password: newPassword });
  await expectHeading(page, 'Security');
});
