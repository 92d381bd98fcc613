import { expect, test } from '../../fixtures';

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
