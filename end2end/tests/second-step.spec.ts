import { expect, test } from '../fixtures';
import { clockIn } from '../support/clock';
import { Organisation } from '../support/organisation';
import { chooseBackupCode, failCodes, giveBackupCode, giveCode, retryCode } from '../support/second-step';
import { expectHeading, givePassword, openPasswordPage, signOut, startSecondStep } from '../support/sign-in';

test('the page says what to look for, and whose sign-in it is', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  await expect(page).toHaveTitle('Enter the code from your app, Countersign');
  await expect(page.getByRole('main')).toContainText(`Open your authenticator app and find ${Organisation.title}.`);
  await expect(page.getByText(wren.email)).toBeVisible();
  await expect(page.getByLabel('6-digit code')).toBeFocused();
});

test('a wrong code is refused, and stays, selected, to be typed over', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  const field = page.getByLabel('6-digit code');
  const wrong = await wren.app.wrongCode();
  await field.fill(wrong);
  await expect(field).toHaveAccessibleDescription('That code didn’t match. Wait for the next code in your app, then type it here.');
  await expect(field).toHaveValue(wrong);
  await expect(field).toBeFocused();
  await page.keyboard.type(await wren.app.code());
  await page.keyboard.press('Enter');
  await expectHeading(page, 'Security');
});

test('Enter after the last digit, out of habit, is no second wrong code', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  const field = page.getByLabel('6-digit code');
  await field.pressSequentially(await wren.app.wrongCode());
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await page.keyboard.press('Enter');
  await field.fill(await wren.app.wrongCode(1));
  await page.keyboard.press('Enter');
  await expect(page.getByText('Still not matching?')).toBeVisible();
  await page.keyboard.press('Enter');
  // Two codes are two: tries are counted down from the third on.
  await page.reload();
  // What is filled in before the script is there doesn't send itself.
  await page.waitForLoadState('networkidle');
  await field.fill(await wren.app.code());
  await expectHeading(page, 'Security');
  await expect(page.getByText('Wrong code from your authenticator app')).toHaveCount(2);
});

test('the second wrong code adds a tip about the phone’s clock', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  await failCodes(page, wren.app, 1);
  await expect(page.getByText('Still not matching?')).toBeHidden();
  await retryCode(page, await wren.app.wrongCode(1));
  await expect(page.getByRole('status')).toHaveText(
    'Still not matching?Your phone’s clock may be off. Turn on automatic date and time, then try again.',
  );
});

test('a code that has been used says so', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  const code = await wren.app.code();
  await giveCode(page, code);
  await expectHeading(page, 'Security');
  await signOut(page);
  await startSecondStep(page, wren);
  await giveCode(page, code);
  await expect(page.getByText('That code has been used. Wait for the next one in your app.')).toBeVisible();
});

for (const [way, seconds] of [
  ['slow', -180],
  ['fast', 180],
] as const) {
  test(`a code from a ${way} clock says how ${way} it is`, async ({ page, wren }) => {
    await startSecondStep(page, wren);
    await giveCode(page, await wren.app.codeOfClock(seconds));
    const words = `That code was for another time: your phone’s clock is about 3 minutes ${way}. Turn on automatic date and time, then type the next code.`;
    await expect(page.getByText(words)).toBeVisible();
  });
}

test('half a code is refused without being counted as a guess', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  for (const half of ['123', '12', '1']) {
    await retryCode(page, half);
    await expect(page.getByText('That isn’t the whole code. Check it, then type it again.')).toBeVisible();
  }
  await expect(page.getByText('Still not matching?')).toBeHidden();
});

test('a pasted code may have spaces or dashes', async ({ page, context, wren }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await startSecondStep(page, wren);
  const code = await wren.app.code();
  await page.evaluate((text) => navigator.clipboard.writeText(text), `${code.slice(0, 3)} ${code.slice(3)} `);
  await page.getByLabel('6-digit code').press('Control+V');
  await expectHeading(page, 'Security');
});

test('a complete code sends itself once; after a refusal only Enter and the button do', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/second-step/authenticator-app')) {
      sent.push(request.postData() ?? '');
    }
  });
  const field = page.getByLabel('6-digit code');
  const wrong = await wren.app.wrongCode();
  await field.pressSequentially(wrong);
  await expect(page.getByText('That code didn’t match.')).toBeVisible();
  const right = await wren.app.code();
  await field.fill('');
  await field.pressSequentially(right);
  await expect(field).toHaveValue(right);
  await expectHeading(page, 'Enter the code from your app');
  expect(sent).toEqual([`code=${wrong}`]);
  await field.press('Enter');
  await expectHeading(page, 'Security');
  expect(sent).toEqual([`code=${wrong}`, `code=${right}`]);
});

test('no page of the account can be reached with the password alone', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  for (const path of ['/account/profile', '/account/security', '/account/confirm', '/enrol', '/enrol/codes', '/']) {
    await page.goto(path);
    await expectHeading(page, 'Enter the code from your app');
  }
});

test('"Try another way" shows what this person has', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  await page.getByRole('button', { name: 'Try another way' }).click();
  await expectHeading(page, 'Try another way');
  await expect(page.getByRole('main').getByRole('listitem')).toHaveText([
    'Authenticator appThe 6-digit code on your phone',
    'Backup code15 of your 15 codes are left',
    'Recovery keyThe long key you saved when you set up',
  ]);
});

test('a backup code may be typed in lower case and without its dash', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  await chooseBackupCode(page);
  await giveBackupCode(page, ` ${wren.backupCodes[0]?.toLowerCase().replace('-', ' ')} `);
  await expectHeading(page, 'Security');
  await expect(page.getByText('You signed in with a backup code. 14 codes left.')).toBeVisible();
});

test('a backup code works once, and says when it was used', async ({ page, organisation, wren }) => {
  const [used = ''] = wren.backupCodes;
  await organisation.spendBackupCodes(wren, 1);
  await startSecondStep(page, wren);
  await chooseBackupCode(page);
  await giveBackupCode(page, used);
  await expect(page.getByText('That code was used today. Try another from your list.')).toBeVisible();
  await giveBackupCode(page, '2222-2222');
  await expect(page.getByText('That code didn’t match. Check it against your list, then type it again.')).toBeVisible();
  await giveBackupCode(page, wren.backupCodes[0] ?? '');
  await expectHeading(page, 'Security');
});

test('after five wrong codes they are paused until a clock time, and backup codes still work', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  await failCodes(page, wren.app, 3);
  await expect(page.getByText('Two tries left before a pause.')).toBeVisible();
  await retryCode(page, await wren.app.wrongCode(3));
  await expect(page.getByText('One try left before a pause.')).toBeVisible();
  await retryCode(page, await wren.app.wrongCode(4));

  await expectHeading(page, /^Codes are paused until \d\d:\d\d$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(clockIn(30));
  await expect(page.getByText('Five codes in a row didn’t match.')).toBeVisible();
  await expect(page.getByRole('status')).toContainText('Use a backup code. Those aren’t paused.');
  await page.getByRole('button', { name: 'Try another way' }).click();
  await expect(page.getByRole('link', { name: /^Authenticator app/ })).toContainText(/Paused until \d\d:\d\d/);
  await page.getByRole('link', { name: /^Backup code/ }).click();
  await giveBackupCode(page, wren.backupCodes[0] ?? '');
  await expectHeading(page, 'Security');
});

test('codes that are paused are paused in every browser', async ({ page, elsewhere, wren }) => {
  await startSecondStep(page, wren);
  await failCodes(page, wren.app, 5);
  await openPasswordPage(elsewhere);
  await givePassword(elsewhere, wren);
  await expectHeading(elsewhere, /^Codes are paused until/);
});
