import type { Page } from '@playwright/test';
import { answered } from './answered';
import { Authenticator } from './authenticator';
import { expectHeading } from './sign-in';

/** From the wizard's first page to the one with the key. */
export async function openAppPage(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Set it up now' }).click();
  await chooseApp(page);
}

/** From the choice of methods to the page with the key. */
export async function chooseApp(page: Page): Promise<void> {
  await expectHeading(page, 'Choose your second step');
  await page.getByRole('radio', { name: 'Authenticator app' }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expectHeading(page, 'Connect your authenticator app');
}

/** Types the key that is shown into an authenticator app. */
export async function readKey(page: Page): Promise<Authenticator> {
  await page.getByText('Can’t scan it? Type a key instead').click();
  return new Authenticator(await page.getByText(/^[A-Z2-7]{4}( [A-Z2-7]{4})+$/).innerText());
}

interface Connecting {
  /** What to call the app, if not what is suggested. */
  name?: string;
  /** Press the button: a complete code sends itself only by script, and only the first time. */
  press?: boolean;
}

/** Connects the app with its next code. */
export async function connectApp(page: Page, app: Authenticator, { name, press }: Connecting = {}): Promise<void> {
  if (name) {
    await page.getByLabel('Name').fill(name);
  }
  await page.getByLabel('Code from the app').fill(await app.code());
  if (press) {
    await page.getByRole('button', { name: 'Connect app' }).click();
  }
}

/** Says that the codes are saved. */
export async function saveCodes(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: /^I’ve saved these/ }).check();
  await answered(page, () => page.getByRole('button', { name: 'Continue' }).click());
}
