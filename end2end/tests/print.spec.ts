import { expect, test } from '../fixtures';
import { readCodes } from '../support/backup-codes';
import { connectApp, openAppPage, readKey } from '../support/enrol';
import { Organisation } from '../support/organisation';
import { expectHeading, signIn } from '../support/sign-in';

test('the printed sheet has the codes, whose they are and how to use them, and nothing else', async ({ page, pascal }) => {
  await signIn(page, pascal);
  await page.getByRole('link', { name: 'Set one up' }).click();
  await openAppPage(page);
  await connectApp(page, await readKey(page));
  await expectHeading(page, 'Save your backup codes');
  const codes = await readCodes(page);

  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  expect(await readCodes(page)).toEqual(codes);
  await expect(page.getByRole('heading')).toHaveText(['Backup codes']);
  for (const text of [Organisation.title, pascal.email, /Made \d+ \w+ \d{4}, \d\d:\d\d/, /To use a code: sign in with your password/, /Keep this away/]) {
    await expect(page.getByText(text).filter({ visible: true })).toHaveCount(1);
  }
  await expect(page.getByRole('button')).toHaveCount(0);
  await expect(page.getByRole('checkbox')).toHaveCount(0);
  await expect(page.locator('body')).toHaveCSS('background-color', 'rgb(255, 255, 255)');
});
