import { expect, test } from '../fixtures';
import { connectKey, setUpKey } from '../support/keys';
import { giveCode } from '../support/second-step';
import { expectHeading, givePassword, openPasswordPage, signIn, signOut } from '../support/sign-in';
import { giveUpSoon, VirtualKey } from '../support/virtual-key';

for (const [kind, about] of [
  ['fido2', 'a FIDO2 key with a PIN'],
  ['u2f', 'a plain U2F key'],
] as const) {
  test(`${about} is connected by a touch, named, and asked for at sign-in`, async ({ page, pascal }) => {
    const key = await VirtualKey.plugIn(page, kind);
    await signIn(page, pascal);
    await page.getByRole('link', { name: 'Set one up' }).click();
    await page.getByRole('link', { name: 'Set it up now' }).click();
    await expectHeading(page, 'Choose your second step');
    await expect(page.getByRole('radio', { name: /^Security key/ })).toBeChecked();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Use my key' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'We got your touch. Give your key a name.' })).toBeVisible();
    await expect(page.getByLabel('Name')).toHaveValue('USB key');
    await expect(page.getByLabel('Name')).toBeFocused();
    await page.getByLabel('Name').fill('Desk key, blue tag');
    await page.getByLabel('Name').press('Enter');
    await expectHeading(page, 'Save your backup codes');
    await page.getByRole('checkbox', { name: /^I’ve saved these/ }).check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await expectHeading(page, 'You’re set up');
    await expect(page.getByText('Next time, after your password, touch Desk key, blue tag. It won’t ask for a PIN.')).toBeVisible();
    await page.getByRole('link', { name: 'Go to your desk' }).click();
    const methods = page.getByRole('region', { name: /^Second step/ });
    await expect(methods.getByRole('listitem')).toContainText('Desk key, blue tag');
    await expect(methods.getByRole('listitem')).toContainText('Security key, added today. Never used');
    await signOut(page);

    // The prompt opens on arrival, and the key is touched: nothing is pressed. Nor is a PIN asked for.
    await key.verify(false);
    await givePassword(page, pascal);
    await expectHeading(page, 'Security');
    await expect(methods.getByRole('listitem')).toContainText('Last used today');
    await expect(page.getByText('Signed in with your security key')).toBeVisible();
  });
}

test('a key that isn’t touched says so, and is asked again', async ({ page, pascal }) => {
  await signIn(page, pascal);
  const key = await VirtualKey.plugIn(page, 'fido2');
  await setUpKey(page, 'Desk key');
  await signOut(page);
  await key.touch(false);
  await giveUpSoon(page, '/api/second-step/key/start');
  await givePassword(page, pascal);
  await expectHeading(page, 'Touch your security key');
  await expect(page).toHaveTitle('Touch your security key, Countersign');
  await expect(page.getByRole('main')).toContainText('Plug in Desk key. When it lights up, touch the gold disc or press its button.');
  await expect(page.getByRole('status').filter({ hasText: 'Waiting for your touch' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Use my key' })).toBeHidden();

  await expect(page.getByRole('alert').filter({ hasText: 'We didn’t get a touch from your key. Try again, or try another way.' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try another way' })).toBeVisible();
  await expect(page.getByRole('complementary', { name: 'Your sign-in' })).toContainText('Security keyNot given yet');

  // Whoever presses by keyboard stays where they are, while the button is gone and when it is back.
  await page.getByRole('button', { name: 'Try again' }).press('Enter');
  await expect(page.getByRole('status').filter({ hasText: 'Waiting for your touch' })).toBeFocused();
  await expect(page.getByRole('complementary', { name: 'Your sign-in' })).toContainText('Security keyWaiting for your touch');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeFocused();
  await key.touch(true);
  await page.keyboard.press('Enter');
  await expectHeading(page, 'Security');
});

test('another key than one’s own gets nobody in, and another way does', async ({ page, pascal }) => {
  await signIn(page, pascal);
  const key = await VirtualKey.plugIn(page, 'fido2');
  await setUpKey(page, 'Desk key');
  await signOut(page);
  await key.pullOut();
  await VirtualKey.plugIn(page, 'fido2');
  await givePassword(page, pascal);
  await expectHeading(page, 'Touch your security key');
  await expect(page.getByText('We didn’t get a touch from your key.').or(page.getByRole('button', { name: 'Use my key' }))).toBeVisible();
  await page.getByRole('button', { name: 'Try another way' }).click();
  await expect(page.getByRole('main').getByRole('listitem')).toHaveText([
    'Security keyDesk key',
    'Backup code15 of your 15 codes are left',
    'Recovery keyThe long key you saved when you set up',
  ]);
  await page.getByRole('link', { name: /^Security key/ }).click();
  await expectHeading(page, 'Touch your security key');
});

test('a copy of a key is refused, and its owner is told', async ({ page, pascal }) => {
  await signIn(page, pascal);
  const key = await VirtualKey.plugIn(page, 'fido2');
  await setUpKey(page, 'Desk key');
  await signOut(page);
  await givePassword(page, pascal);
  await expectHeading(page, 'Security');
  await signOut(page);
  await key.turnBack();
  await givePassword(page, pascal);
  await expect(page.getByRole('alert').filter({ hasText: '“Desk key” says it was used less often than we know. It may have been copied' })).toBeVisible();
  await expectHeading(page, 'Touch your security key');
});

test('the key is asked for first, and the app is one press away, and back', async ({ page, wren }) => {
  await signIn(page, wren);
  const key = await VirtualKey.plugIn(page, 'fido2');
  await page.getByRole('link', { name: 'Add a method' }).click();
  await connectKey(page, 'Desk key');
  await expectHeading(page, 'You’re set up');
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  const methods = page.getByRole('region', { name: /^Second step/ }).getByRole('listitem');
  await expect(methods).toHaveText([/^Desk keyAsked first/, /^Phone app(?!Asked)/]);
  await signOut(page);
  await key.touch(false);
  await givePassword(page, wren);
  await expectHeading(page, 'Touch your security key');
  await page.getByRole('button', { name: 'Try another way' }).click();
  await page.getByRole('link', { name: /^Authenticator app/ }).click();
  await expectHeading(page, 'Enter the code from your app');
  await page.getByRole('button', { name: 'Try another way' }).click();
  await key.touch(true);
  await page.getByRole('link', { name: /^Security key/ }).click();
  await expectHeading(page, 'Security');
  await signOut(page);
  await key.touch(false);
  await givePassword(page, wren);
  await page.getByRole('button', { name: 'Try another way' }).click();
  await page.getByRole('link', { name: /^Authenticator app/ }).click();
  await giveCode(page, await wren.app.code());
  await expectHeading(page, 'Security');
});

test.describe('offline', () => {
  test.use({ allowedErrors: /ERR_FAILED/ });

  test('without the network the key page says so, and asks again', async ({ page, pascal }) => {
    await signIn(page, pascal);
    await VirtualKey.plugIn(page, 'fido2');
    await setUpKey(page, 'Desk key');
    await signOut(page);
    await page.route('**/api/second-step/key/start', (route) => route.abort(), { times: 1 });
    await givePassword(page, pascal);
    await expectHeading(page, 'Touch your security key');
    await expect(page.getByText('We can’t reach Countersign.')).toBeVisible();
    await page.getByRole('button', { name: 'Use my key' }).click();
    await expectHeading(page, 'Security');
  });
});

test('with two keys either one gets in, and a removed one doesn’t', async ({ page, pascal }) => {
  await signIn(page, pascal);
  const first = await VirtualKey.plugIn(page, 'fido2');
  await setUpKey(page, 'Desk key');
  await page.getByRole('link', { name: 'Add a method' }).click();
  await expectHeading(page, 'Choose your second step');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Use my key' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'That one is connected already, as “Desk key”. Use another one.' })).toBeVisible();

  await first.touch(false);
  await VirtualKey.plugIn(page, 'u2f');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByLabel('Name').fill('Spare');
  await page.getByRole('button', { name: 'Connect key' }).click();
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await signOut(page);
  await givePassword(page, pascal);
  await expectHeading(page, 'Security');

  await page.getByRole('link', { name: 'Remove Spare' }).click();
  await page.getByRole('dialog', { name: 'Remove Spare?' }).getByRole('button', { name: 'Remove key' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Removed. You’re signed out everywhere else.' })).toBeVisible();
  await signOut(page);
  await givePassword(page, pascal);
  await expectHeading(page, 'Touch your security key');
  await expect(page.getByRole('main')).toContainText('Plug in Desk key.');
  // The prompt closes as its page is left, and opens again when it is back.
  await page.getByRole('button', { name: 'Try another way' }).click();
  await expectHeading(page, 'Try another way');
  await first.touch(true);
  await page.getByRole('link', { name: /^Security key/ }).click();
  await expectHeading(page, 'Security');
});

test('a browser without WebAuthn says so and leads to another way', async ({ page, wren }) => {
  await signIn(page, wren);
  await VirtualKey.plugIn(page, 'fido2');
  await page.getByRole('link', { name: 'Add a method' }).click();
  await connectKey(page, 'Desk key');
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await signOut(page);
  await page.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential'));
  await openPasswordPage(page);
  await givePassword(page, wren);
  await expect(page.getByText('This browser can’t use security keys. Try another way, or use a current browser.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Use my key' })).toBeHidden();
  await page.getByRole('button', { name: 'Try another way' }).click();
  await page.getByRole('link', { name: /^Authenticator app/ }).click();
  await giveCode(page, await wren.app.code());
  await expectHeading(page, 'Security');
});

test('where a second step is required, a key is enough to begin with', async ({ page, organisation, pascal }) => {
  await organisation.requireSecondStep();
  await VirtualKey.plugIn(page, 'fido2');
  await openPasswordPage(page, '/account/profile');
  await givePassword(page, pascal);
  await expectHeading(page, 'Your organisation now asks for a second step');
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await connectKey(page, 'Desk key');
  await expectHeading(page, 'Save your backup codes');
  await page.getByRole('checkbox', { name: /^I’ve saved these/ }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await expectHeading(page, 'Profile');
});

test('"Confirm it’s you" takes a touch, and leads back', async ({ page, pascal }) => {
  await signIn(page, pascal);
  await VirtualKey.plugIn(page, 'fido2');
  await setUpKey(page, 'Desk key');
  await page.goto('/account/confirm?next=/account/profile');
  await expectHeading(page, 'Profile');
});

test('the next person at a desk meets nothing of the last one’s key', async ({ page, organisation, pascal, wren }) => {
  await signIn(page, pascal);
  const key = await VirtualKey.plugIn(page, 'fido2');
  await setUpKey(page, 'Desk key');
  await signOut(page);
  await key.touch(false);
  await givePassword(page, pascal);
  await expect(page.getByText('Waiting for your touch')).toHaveCount(2);
  // Pascal leaves it there.
  await page.getByRole('button', { name: 'Not you?' }).click();
  await expectHeading(page, `Sign in to ${(organisation.constructor as { title?: string }).title}`);
  await expect(page.getByLabel('Email')).toHaveValue('');
  await givePassword(page, wren);
  await expectHeading(page, 'Enter the code from your app');
  await expect(page.getByText(pascal.email)).toBeHidden();
  await page.getByRole('button', { name: 'Try another way' }).click();
  await expect(page.getByRole('main').getByRole('listitem')).toHaveText([/^Authenticator app/, /^Backup code/, /^Recovery key/]);
  await page.goto('/sign-in/step-2/key');
  await expect(page.getByText('Desk key')).toBeHidden();
});
