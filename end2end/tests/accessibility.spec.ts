import { expect, test } from '../fixtures';
import { expectAccessible } from '../support/axe';
import { firstRun, journeys } from '../support/journeys';
import { expectReachable } from '../support/keyboard';
import { appName } from '../support/organisation';
import { openPasswordPage, signIn } from '../support/sign-in';

test('axe finds nothing on the first run', async ({ page, server }) => {
  await firstRun(page, await server.setUpLink(), (screen) => expectAccessible(page, screen));
});

for (const { title, walk } of journeys) {
  test(`axe finds nothing in ${title}`, async ({ page, organisation }) => {
    test.slow();
    await walk(page, organisation, (screen) => expectAccessible(page, screen));
  });
}

test('the first stop of the keyboard leads past the furniture', async ({ page, wren }) => {
  await signIn(page, wren);
  await page.goto('/account/security');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the main part' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});

test('the keyboard reaches everything, in the order of reading', async ({ page, wren }) => {
  await openPasswordPage(page);
  await expect(page.getByRole('button', { name: 'Use a passkey' })).toBeVisible();
  await expectReachable(page);
  await signIn(page, wren);
  await expectReachable(page);
});

for (const opener of [`Rename ${appName}`, `Remove ${appName}`, 'Make new codes', 'Turn off two-factor authentication']) {
  test(`Escape closes the dialog of "${opener}", and the focus returns`, async ({ page, wren }) => {
    await signIn(page, wren);
    const link = page.getByRole('link', { name: opener });
    await link.press('Enter');
    const dialog = page.getByRole('dialog');
    await expect(dialog.locator(':focus')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(link).toBeFocused();
    await expect(page).toHaveURL('/account/security');
  });
}
