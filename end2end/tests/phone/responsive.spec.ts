import { expect, test } from '../../fixtures';
import { openAppPage, readKey } from '../../support/enrol';
import { firstRun, journeys } from '../../support/journeys';
import { expectFits } from '../../support/fits';
import { signIn } from '../../support/sign-in';

test('the first run fits the screen', async ({ page, server }) => {
  await firstRun(page, await server.setUpLink(), (screen) => expectFits(page, screen));
});

for (const { title, walk } of journeys) {
  test(`${title} fits the screen`, async ({ page, organisation }) => {
    await walk(page, organisation, (screen) => expectFits(page, screen));
  });
}

test('the app opens by a link or takes the copied key, where there is nothing to scan', async ({ page, context, pascal }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, pascal);
  await page.getByRole('link', { name: 'Set one up' }).click();
  await openAppPage(page);
  await expect(page.getByRole('img', { name: /^QR code/ })).toBeHidden();
  const { key } = await readKey(page);
  const secret = key.replaceAll(' ', '');
  const link = page.getByRole('link', { name: 'Open my authenticator app' });
  await expect(link).toHaveAttribute('href', new RegExp(`^otpauth://totp/.+[?&]secret=${secret}(&|$)`));
  await page.getByRole('button', { name: 'Copy the key instead' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied.' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
});
