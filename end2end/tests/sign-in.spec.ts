import { expect, test } from '../fixtures';
import { clockIn } from '../support/clock';
import { osric } from '../support/people';
import { expectHeading, givePassword, openPasswordPage, signIn, signOut } from '../support/sign-in';

const wrongPassword = 'not-the-right-one';

for (const [who, email] of [
  ['a wrong password', osric.email],
  ['an unknown email', 'nobody.known@example.com'],
] as const) {
  test(`${who} is refused in the same words, and the email stays`, async ({ page, organisation: _ }) => {
    await openPasswordPage(page);
    await givePassword(page, { email, password: wrongPassword });
    await expect(page.getByRole('alert').filter({ visible: true })).toHaveText(
      'That email and password don’t match.Check both, or reset your password.',
    );
    await expect(page.getByLabel('Email')).toHaveValue(email);
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
    await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
  });
}

test('what is missing is said beside its field, which takes the focus', async ({ page, organisation: _ }) => {
  await openPasswordPage(page);
  await givePassword(page, { email: 'wren', password: wrongPassword });
  await expect(page.getByText('Type your whole email address, like wren@example.com.')).toBeVisible();
  await expect(page.getByLabel('Email')).toBeFocused();
  await expect(page.getByLabel('Email')).toHaveAccessibleDescription(/Type your whole email address/);
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue(wrongPassword);
});

test('the password can be shown and hidden again', async ({ page, organisation: _ }) => {
  await openPasswordPage(page);
  const password = page.getByLabel('Password', { exact: true });
  const show = page.getByRole('button', { name: 'Show password' });
  await password.fill(wrongPassword);
  await show.click();
  await expect(password).toHaveAttribute('type', 'text');
  await expect(show).toHaveAttribute('aria-pressed', 'true');
  await show.click();
  await expect(password).toHaveAttribute('type', 'password');
  await expect(password).toHaveValue(wrongPassword);
});

test('after the fifth wrong password, sign-in is paused until a clock time', async ({ page, organisation }) => {
  await organisation.guessPassword(osric.email, 4);
  await openPasswordPage(page);
  await givePassword(page, { email: osric.email, password: wrongPassword });
  await expectHeading(page, /^Sign-in is paused until \d\d:\d\d$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(clockIn(30));
  await expect(page.getByRole('status')).toContainText('ask your supervisor or an account holder');
  await expect(page.getByRole('main').getByRole('link', { name: 'Get help signing in' })).toBeVisible();
});

test('a browser that has signed in before isn’t paused by guesses made elsewhere', async ({ page, organisation, pascal }) => {
  await signIn(page, pascal);
  await signOut(page);
  await organisation.guessPassword(pascal.email, 6);
  await signIn(page, pascal);
});

test('sign-in leads back to the page that was asked for', async ({ page, pascal }) => {
  await openPasswordPage(page, '/account/profile');
  await expect(page).toHaveURL('/sign-in?next=%2Faccount%2Fprofile');
  await expect(page.getByText('Then you’ll go back to the page you asked for.')).toBeVisible();
  await givePassword(page, pascal);
  await expectHeading(page, 'Profile');
  await expect(page).toHaveURL('/account/profile');
});

test('sign-in leads to no other site', async ({ page, pascal, baseURL }) => {
  await openPasswordPage(page, '/sign-in?next=//elsewhere.example/account');
  await givePassword(page, pascal);
  await expectHeading(page, 'Security');
  await expect(page).toHaveURL(`${baseURL}/account/security`);
});

test('a second tab notices that the first has signed out', async ({ page, context, pascal }) => {
  await signIn(page, pascal);
  const second = await context.newPage();
  await second.goto('/account/profile');
  await expectHeading(second, 'Profile');
  await signOut(page);
  await expectHeading(second, /^Sign in to/);
});

test('"Not you?" starts again with somebody else', async ({ page, wren, pascal }) => {
  await openPasswordPage(page);
  await givePassword(page, wren);
  await expect(page.getByText(wren.email)).toBeVisible();
  await page.getByRole('button', { name: 'Not you?' }).click();
  await expectHeading(page, /^Sign in to/);
  await expect(page.getByLabel('Email')).toHaveValue('');
  await givePassword(page, pascal);
  await expectHeading(page, 'Security');
});

test('after signing out, no page of the account is left', async ({ page, pascal }) => {
  await signIn(page, pascal);
  await signOut(page);
  await page.goBack();
  await expectHeading(page, /^Sign in to/);
  await page.goto('/account/security');
  await expectHeading(page, /^Sign in to/);
});

test('between two pages no third one shows', async ({ page, wren }) => {
  await signIn(page, wren);
  const shown = await page.evaluateHandle(() => {
    const headings: string[] = [];
    const look = () => {
      const heading = document.querySelector('h1')?.textContent ?? '';
      if (heading !== '' && headings.at(-1) !== heading) {
        headings.push(heading);
      }
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    return headings;
  });
  await signOut(page);
  await givePassword(page, wren);
  await page.getByLabel('6-digit code').fill(await wren.app.code());
  await expectHeading(page, 'Security');
  expect((await shown.jsonValue()).filter((heading) => heading !== 'Security')).toEqual([
    expect.stringMatching(/^Sign in to/),
    'Enter the code from your app',
  ]);
});
