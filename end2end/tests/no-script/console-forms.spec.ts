import { expect, test } from '../../fixtures/mail';
import { receiveInvitation } from '../../support/invite';
import { newPassword } from '../../support/password';

test('requiring a second step, finding somebody and giving a code work without JavaScript', async ({ page, floor }) => {
  await page.goto('/sign-in?next=/org/policy');
  await page.getByLabel('Email').fill(floor.osric.email);
  await page.getByLabel('Password', { exact: true }).fill(floor.osric.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('6-digit code').fill(await floor.osric.app.code());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('switch', { name: 'Require two-factor authentication' }).check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Require two-factor authentication?' })).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.', { exact: true })).toBeVisible();

  await page.goto('/org/members');
  await page.getByRole('searchbox', { name: 'Name or email' }).fill('wren');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByRole('table').getByRole('link', { name: 'Wren Halloway' }).click();
  await page.getByRole('link', { name: 'Give a temporary access code' }).click();
  await page.getByRole('radio', { name: 'I called back on a known number' }).check();
  await page.getByRole('button', { name: 'Make the code' }).click();
  await expect(page.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}:/)).toBeAttached();
});

test('inviting people and joining work without JavaScript', async ({ page, elsewhere, floor, post }) => {
  const mika = 'mika.thornfield@example.com';
  await page.goto('/sign-in?next=/org/invite');
  await page.getByLabel('Email').fill(floor.osric.email);
  await page.getByLabel('Password', { exact: true }).fill(floor.osric.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('6-digit code').fill(await floor.osric.app.code());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('textbox', { name: 'People' }).fill(`${mika}\nnobody`);
  await page.getByRole('button', { name: 'Look at the list' }).click();
  await expect(page.getByRole('heading', { name: 'Invite 1 person?' })).toBeVisible();
  await page.getByRole('button', { name: 'Invite 1 person' }).click();
  await expect(page.getByText('1 line can’t be used. Correct it, or tick “Leave out”.')).toBeVisible();
  await page.getByRole('checkbox', { name: /^Leave out/ }).check();
  await page.getByRole('button', { name: 'Invite 1 person' }).click();
  await expect(page.getByRole('row').filter({ hasText: mika })).toContainText('Invited');

  await elsewhere.goto(await receiveInvitation(post, mika));
  await elsewhere.getByLabel('Your name').fill('Mika');
  await elsewhere.getByLabel('Choose a password').fill(newPassword);
  await elsewhere.getByRole('button', { name: 'Join Quillbrook Support' }).click();
  await expect(elsewhere.getByRole('heading', { level: 1, name: 'Security' })).toBeVisible();
});
