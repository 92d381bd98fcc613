import { expect, test } from '../fixtures';
import { connectApp, openAppPage, readKey, saveCodes } from '../support/enrol';
import { appName, Organisation } from '../support/organisation';
import { expectHeading, givePassword, openPasswordPage, signIn } from '../support/sign-in';

test.beforeEach(({ organisation }) => organisation.requireSecondStep());

test('whoever has no second step sets one up before anything else', async ({ page, pascal }) => {
  await openPasswordPage(page, '/account/profile');
  await givePassword(page, pascal);
  await expectHeading(page, 'Your organisation now asks for a second step');
  await expect(page.getByRole('link', { name: 'Not now' })).toBeHidden();
  for (const path of ['/account/security', '/account/profile', '/account/confirm', '/sign-in', '/sign-in/step-2/app', '/']) {
    await page.goto(path);
    await expect(page, path).toHaveURL('/enrol');
  }
  await openAppPage(page);
  await connectApp(page, await readKey(page));
  await expectHeading(page, 'Save your backup codes');
  await page.goto('/enrol');
  await expectHeading(page, 'Save your backup codes');
  await saveCodes(page);
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await expectHeading(page, 'Profile');
});

test('the only method can’t be removed, nor the second step turned off', async ({ page, wren }) => {
  await signIn(page, wren);
  await expect(page.getByRole('region', { name: /^Second step/ })).toContainText(`${Organisation.title} requires one.`);
  await expect(page.getByRole('link', { name: 'Turn off two-factor authentication' })).toBeHidden();
  await page.getByRole('link', { name: `Remove ${appName}` }).click();
  const dialog = page.getByRole('dialog', { name: `Remove ${appName}?` });
  await expect(dialog).toContainText(`This is your only second step and ${Organisation.title} requires one. Add another first.`);
  await expect(dialog.getByRole('button', { name: 'Remove app' })).toBeHidden();
  await dialog.getByRole('link', { name: 'Add a method' }).click();
  await expectHeading(page, 'Choose your second step');
});
