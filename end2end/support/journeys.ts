import type { Page } from '@playwright/test';
import { chooseApp, connectApp, openAppPage, readKey, saveCodes } from './enrol';
import { appName, type Organisation } from './organisation';
import { osric, pascal, wren } from './people';
import { failCodes, giveBackupCode, retryCode } from './second-step';
import { expectHeading, givePassword, openPasswordPage, signIn, signOut, startSecondStep } from './sign-in';
import { giveUpSoon, VirtualKey } from './virtual-key';

/** What is done at each screen of a journey. */
type Look = (screen: string) => Promise<void>;

/** A walk past screens, for tests that ask the same of every one. */
interface Journey {
  title: string;
  walk: (page: Page, organisation: Organisation, look: Look) => Promise<void>;
}

async function signingIn(page: Page, organisation: Organisation, look: Look): Promise<void> {
  await openPasswordPage(page, '/sign-in?next=/account/profile');
  await look('sign-in');
  await givePassword(page, { email: osric.email, password: 'not-the-right-one' });
  await page.getByText('That email and password don’t match.').waitFor();
  await look('sign-in, refused');
  await organisation.guessPassword(osric.email, 4);
  await givePassword(page, { email: osric.email, password: 'not-the-right-one' });
  await expectHeading(page, /^Sign-in is paused until/);
  await look('sign-in, paused');
}

async function secondStep(page: Page, organisation: Organisation, look: Look): Promise<void> {
  const member = await organisation.addEnrolled(wren);
  await startSecondStep(page, member);
  await look('code from the app');
  await failCodes(page, member.app, 4);
  await look('code from the app, refused');
  await retryCode(page, await member.app.wrongCode(4));
  await expectHeading(page, /^Codes are paused until/);
  await look('code from the app, paused');
  await page.getByRole('button', { name: 'Try another way' }).click();
  await expectHeading(page, 'Try another way');
  await look('other ways');
  await page.getByRole('link', { name: /^Backup code/ }).click();
  await expectHeading(page, 'Use a backup code');
  await look('backup code');
  await giveBackupCode(page, '2222-2222');
  await page.getByText('That code didn’t match.').waitFor();
  await look('backup code, refused');
}

async function wizard(page: Page, organisation: Organisation, look: Look): Promise<void> {
  await signIn(page, await organisation.add(pascal));
  await look('security, without a second step');
  await page.getByRole('link', { name: 'Set one up' }).click();
  await expectHeading(page, 'Add a second step');
  await look('wizard, why');
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await expectHeading(page, 'Choose your second step');
  await look('wizard, choose');
  await chooseApp(page);
  const app = await readKey(page);
  await look('wizard, set up');
  await page.getByLabel('Code from the app').fill(await app.wrongCode());
  await page.getByText('That code didn’t match.').waitFor();
  await look('wizard, set up, refused');
  await connectApp(page, app, { press: true });
  await expectHeading(page, 'Save your backup codes');
  await look('wizard, save codes');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Tick “I’ve saved these” first').waitFor();
  await look('wizard, save codes, refused');
  await saveCodes(page);
  await expectHeading(page, 'You’re set up');
  await look('wizard, done');
}

async function account(page: Page, organisation: Organisation, look: Look): Promise<void> {
  await signIn(page, await organisation.addEnrolled(wren));
  await look('security');
  for (const opener of [`Rename ${appName}`, `Remove ${appName}`, 'Make new codes', 'Turn off two-factor authentication']) {
    await page.getByRole('link', { name: opener }).click();
    await page.getByRole('dialog').waitFor();
    await look(`security, ${opener}`);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  }
  await page.getByRole('link', { name: 'Profile' }).click();
  await expectHeading(page, 'Profile');
  await look('profile');
  for (const way of ['authenticator-app', 'backup-code']) {
    await page.goto(`/account/confirm?way=${way}`);
    await expectHeading(page, 'Confirm it’s you');
    await look(`confirm, ${way}`);
  }
}

async function keys(page: Page, organisation: Organisation, look: Look): Promise<void> {
  const member = await organisation.add(pascal);
  await signIn(page, member);
  const key = await VirtualKey.plugIn(page, 'fido2');
  await page.getByRole('link', { name: 'Set one up' }).click();
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await page.getByRole('radio', { name: /^Passkey/ }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expectHeading(page, 'Create your passkey');
  await look('wizard, passkey');
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByRole('radio', { name: /^Security key/ }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expectHeading(page, 'Connect your security key');
  await look('wizard, key');
  await page.getByRole('button', { name: 'Use my key' }).click();
  await page.getByLabel('Name').waitFor();
  await look('wizard, key, name');
  await page.getByRole('button', { name: 'Connect key' }).click();
  await expectHeading(page, 'Save your backup codes');
  await saveCodes(page);
  await look('wizard, done, key');
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await expectHeading(page, 'Security');
  await look('security, with a key');
  await key.touch(false);
  await page.goto('/account/confirm');
  await page.getByText('Waiting for your touch').waitFor();
  await look('confirm, key');
  await signOut(page);
  await givePassword(page, member);
  await expectHeading(page, 'Touch your security key');
  await look('security key');
  await giveUpSoon(page, '/api/second-step/key/start');
  await page.reload();
  await page.getByText('We didn’t get a touch').waitFor();
  await look('security key, not touched');
}

async function anybody(page: Page, _organisation: Organisation, look: Look): Promise<void> {
  const pages = [
    ['/help', 'Get help signing in'],
    ['/privacy', 'Privacy'],
    ['/nowhere', 'There’s no page here'],
    ['/set-up?token=ended', 'This link has ended'],
  ] as const;
  for (const [path, heading] of pages) {
    await page.goto(path);
    await expectHeading(page, heading);
    await look(path);
  }
}

async function forced(page: Page, organisation: Organisation, look: Look): Promise<void> {
  const member = await organisation.add(pascal);
  await organisation.requireSecondStep();
  await openPasswordPage(page);
  await givePassword(page, member);
  await expectHeading(page, 'Your organisation now asks for a second step');
  await look('forced wizard, why');
  await openAppPage(page);
  const app = await readKey(page);
  await connectApp(page, app);
  await saveCodes(page);
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await page.getByRole('link', { name: `Remove ${appName}` }).click();
  await page.getByRole('dialog').waitFor();
  await look('security, the only method can’t be removed');
}

/** Every screen of an organisation that is set up. */
export const journeys: Journey[] = [
  { title: 'signing in', walk: signingIn },
  { title: 'the second step', walk: secondStep },
  { title: 'the wizard', walk: wizard },
  { title: 'the account', walk: account },
  { title: 'keys', walk: keys },
  { title: 'pages for anybody', walk: anybody },
  { title: 'the forced wizard', walk: forced },
];

/** The screens before there is an organisation. */
export async function firstRun(page: Page, setUpLink: string, look: Look): Promise<void> {
  await page.goto('/sign-in');
  await expectHeading(page, 'Countersign isn’t set up yet');
  await look('not set up');
  await openPasswordPage(page, setUpLink);
  await look('set-up');
  await page.getByRole('button', { name: 'Create organisation' }).click();
  await page.getByText('Type your organisation’s name.').waitFor();
  await look('set-up, refused');
}
