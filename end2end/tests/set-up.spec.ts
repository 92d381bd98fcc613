import { readFile } from 'node:fs/promises';
import { expect, test } from '../fixtures';
import { readCodes } from '../support/backup-codes';
import { connectApp, openAppPage, readKey, saveCodes } from '../support/enrol';
import { Organisation } from '../support/organisation';
import { osric } from '../support/people';
import { chooseBackupCode, giveBackupCode } from '../support/second-step';
import { expectHeading, openPasswordPage, signIn, signOut, startSecondStep } from '../support/sign-in';

test('from the set-up link to a second sign-in with the app and a third with a backup code', async ({ page, server }) => {
  const setUpLink = await server.setUpLink();

  await test.step('the link makes the organisation and its account holder', async () => {
    await openPasswordPage(page, setUpLink);
    await page.getByLabel('Organisation').fill(Organisation.title);
    await page.getByLabel('Your name').fill(osric.name);
    await page.getByLabel('Email').fill(osric.email);
    await page.getByLabel('Choose a password').fill(osric.password);
    await page.getByRole('button', { name: 'Create organisation' }).click();
    await expectHeading(page, 'Add a second step');
  });

  const app = await test.step('a code proves that the app has the key', async () => {
    await openAppPage(page);
    const app = await readKey(page);
    await connectApp(page, app);
    await expectHeading(page, 'Save your backup codes');
    return app;
  });

  const backupCodes = await test.step('fifteen codes are shown until they are saved', async () => {
    const codes = await readCodes(page);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByText('Tick “I’ve saved these” first: the codes aren’t shown again.')).toBeVisible();
    await expect(page.getByRole('checkbox')).toBeFocused();
    expect(await readCodes(page)).toEqual(codes);
    await saveCodes(page);
    return codes;
  });

  await test.step('it is done', async () => {
    await expectHeading(page, 'You’re set up');
    await expect(page.getByText('Phone app is connected.')).toBeVisible();
    await expect(page.getByText('You have 15 backup codes and a recovery key.')).toBeVisible();
    await page.getByRole('link', { name: 'Go to your desk' }).click();
    await expectHeading(page, 'Security');
    await signOut(page);
  });

  const holder = { ...osric, app, backupCodes };

  await test.step('the app lets its owner in', async () => {
    await signIn(page, holder);
    await signOut(page);
  });

  await test.step('so does a backup code', async () => {
    await startSecondStep(page, holder);
    await chooseBackupCode(page);
    await giveBackupCode(page, backupCodes[0] ?? '');
    await expectHeading(page, 'Security');
    await expect(page.getByText('You signed in with a backup code. 14 codes left.')).toBeVisible();
  });

  await test.step('the link has ended', async () => {
    await page.goto(setUpLink);
    await expectHeading(page, 'This link has ended');
  });
});

test('what is refused at set-up is said beside its field, and nothing typed is lost', async ({ page, server }) => {
  await openPasswordPage(page, await server.setUpLink());
  await page.getByLabel('Organisation').fill(Organisation.title);
  await page.getByLabel('Your name').fill(osric.name);
  await page.getByLabel('Email').fill(osric.email);
  const password = page.getByLabel('Choose a password');
  await password.fill('short');
  await page.getByRole('button', { name: 'Create organisation' }).click();
  await expect(password).toHaveAccessibleDescription(/That is too short. Use at least 12 characters./);
  await expect(password).toBeFocused();
  await password.fill('password1234');
  await page.getByRole('button', { name: 'Create organisation' }).click();
  await expect(password).toHaveAccessibleDescription(/That password is easy to guess./);
  await expect(page.getByLabel('Organisation')).toHaveValue(Organisation.title);
  await expect(page.getByLabel('Your name')).toHaveValue(osric.name);
  await expect(page.getByLabel('Email')).toHaveValue(osric.email);
});

test('codes can be downloaded, printed and copied', async ({ page, context, pascal }) => {
  // Only counted: a headless browser has no print dialog to close.
  await page.addInitScript(() => {
    window.print = () => console.info('printed');
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, pascal);
  await page.getByRole('link', { name: 'Set one up' }).click();
  await openAppPage(page);
  await connectApp(page, await readKey(page));
  await expectHeading(page, 'Save your backup codes');
  const codes = await readCodes(page);

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('countersign-backup-codes.txt');
  const file = await readFile(await download.path(), 'utf8');
  expect(file.match(/(?<=^\[ \] ).+$/gm)).toEqual(codes);
  expect(file).toContain(`${Organisation.title}\n${pascal.email}\nMade `);
  await expect(page.getByRole('status').filter({ hasText: 'Downloaded as countersign-backup-codes.txt.' })).toBeVisible();

  const printing = page.waitForEvent('console', (message) => message.text() === 'printed');
  await page.getByRole('button', { name: 'Print' }).click();
  await printing;

  await page.getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied. Paste them somewhere safe.' })).toBeVisible();
  const key = await page.getByText(/^([0-9A-Z]{5}-){5}[0-9A-Z]{5}$/).first().innerText();
  expect((await page.evaluate(() => navigator.clipboard.readText())).split('\n')).toEqual([...codes, key]);
  expect(file).toContain(`Recovery key, for when the codes are gone:\n${key}\n`);
});
