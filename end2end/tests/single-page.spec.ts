import { expect, test } from '../fixtures';
import { answered } from '../support/answered';
import { sameDocument } from '../support/same-document';
import { chooseBackupCode, giveCode } from '../support/second-step';
import { expectHeading, givePassword, openPasswordPage, signIn, startSecondStep } from '../support/sign-in';

test('no screen loads the document anew, and the title moves along', async ({ page, wren }) => {
  await openPasswordPage(page);
  const expectSameDocument = await sameDocument(page);
  await expect(page).toHaveTitle('Sign in to Quillbrook Support, Countersign');
  await givePassword(page, wren);
  await expect(page).toHaveTitle('Enter the code from your app, Countersign');
  await page.getByRole('button', { name: 'Try another way' }).click();
  await expect(page).toHaveTitle('Try another way, Countersign');
  await page.getByRole('link', { name: /^Authenticator app/ }).click();
  await page.getByLabel('6-digit code').fill(await wren.app.code());
  await expect(page).toHaveTitle('Security, Countersign');
  await page.getByRole('link', { name: 'Profile' }).click();
  await expect(page).toHaveTitle('Profile, Countersign');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveTitle('Sign in to Quillbrook Support, Countersign');
  await expectSameDocument();
});

test('the focus moves to the heading, or to the field that is asked for', async ({ page, wren }) => {
  await openPasswordPage(page);
  await expect(page.getByLabel('Email')).toBeFocused();
  await givePassword(page, wren);
  await expect(page.getByLabel('6-digit code')).toBeFocused();
  await page.getByRole('button', { name: 'Try another way' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Try another way' })).toBeFocused();
  await page.getByRole('link', { name: /^Backup code/ }).click();
  await expect(page.getByLabel('Backup code')).toBeFocused();
  await page.goBack();
  await page.getByRole('link', { name: /^Authenticator app/ }).click();
  await page.getByLabel('6-digit code').fill(await wren.app.code());
  await expect(page.getByRole('heading', { level: 1, name: 'Security' })).toBeFocused();
});

test('a button that is pressed says so, and is pressed once', async ({ page, wren }) => {
  await openPasswordPage(page);
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  const sent: string[] = [];
  await page.route('**/api/sign-in', async (route) => {
    sent.push(route.request().method());
    await held;
    await route.continue();
  });
  await givePassword(page, wren);
  const button = page.getByRole('main').getByRole('button', { name: 'Checking' });
  await expect(button).toHaveAttribute('aria-busy', 'true');
  await button.click();
  await page.getByLabel('Password', { exact: true }).press('Enter');
  release();
  await expectHeading(page, 'Enter the code from your app');
  expect(sent).toEqual(['POST']);
});

test('what was typed outlives the arrival of the script', async ({ page, wren }) => {
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(wren.email);
  await page.getByLabel('Password', { exact: true }).fill(wren.password);
  release();
  await expect(page.getByRole('button', { name: 'Show password' })).toBeVisible();
  await expect(page.getByLabel('Email')).toHaveValue(wren.email);
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue(wren.password);
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
});

test.describe('without a network', () => {
  test.use({ allowedErrors: /net::ERR_INTERNET_DISCONNECTED/ });

  test('a code stays in its field, and works once the network is back', async ({ page, context, wren }) => {
    await startSecondStep(page, wren);
    await context.setOffline(true);
    const code = await wren.app.code();
    await page.getByLabel('6-digit code').fill(code);
    const alert = page.getByRole('alert').filter({ hasText: 'We can’t reach Countersign.' });
    await expect(alert).toContainText('Your code is still here; press Sign in when you’re back.');
    await expect(page.getByLabel('6-digit code')).toHaveValue(code);
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expectHeading(page, 'Security');
  });

  test('email and password stay, too', async ({ page, context, pascal }) => {
    await openPasswordPage(page);
    await context.setOffline(true);
    await givePassword(page, pascal);
    await expect(page.getByRole('alert').filter({ hasText: 'What you typed is still here' })).toBeVisible();
    await expect(page.getByLabel('Email')).toHaveValue(pascal.email);
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue(pascal.password);
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expectHeading(page, 'Security');
  });
});

test('a refused backup code stays, and the refusal goes with the screen', async ({ page, wren }) => {
  await startSecondStep(page, wren);
  await giveCode(page, await wren.app.wrongCode());
  await chooseBackupCode(page);
  const field = page.getByLabel('Backup code');
  await field.fill('2222-2222');
  await answered(page, () => field.press('Enter'));
  await expect(field).toHaveAccessibleDescription(/That code didn’t match/);
  await expect(field).toHaveValue('2222-2222');
  await expect(field).toBeFocused();
  await page.getByRole('button', { name: 'Try another way' }).click();
  await page.getByRole('link', { name: /^Authenticator app/ }).click();
  await expect(page.getByLabel('6-digit code')).toHaveValue('');
  await expect(page.getByText('That code didn’t match')).toBeHidden();
});

test('a link that is pressed before the page has come to life is the browser’s own', async ({ page, floor }) => {
  await signIn(page, floor.osric);
  let arrive: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (arrive = resolve));
  await page.route('**/split_console_chunk*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest('**/split_console_chunk*.wasm');
  await page.goto('/org/members');
  await asked;
  // The router listens by now; what it would take apart isn't put together yet.
  await page.getByRole('link', { name: 'Invite people' }).click({ noWaitAfter: true });
  await page.waitForURL('**/org/invite');
  arrive();
  await expectHeading(page, 'Invite people');
  await page.getByRole('textbox', { name: 'People' }).fill('someone@example.com');
  await page.getByRole('button', { name: 'Look at the list' }).click();
  await expectHeading(page, 'Invite 1 person?');
});
